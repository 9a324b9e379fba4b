import { lacks, type Power, probeKernel } from '../probe.ts';

/**
 * In a hook of tests of the kernel layer: without these powers the tests are skipped, with the reason for the closing
 * list; with POSRIG_REQUIRE_ALL=1 they fail instead.
 */
export async function needsPowers(context: Mocha.Context, ...wanted: readonly Power[]): Promise<void> {
  const missing = lacks(await probeKernel(), wanted);
  if (missing === undefined) return;
  const reason = `needs ${missing}`;
  if (process.env['POSRIG_REQUIRE_ALL'] === '1') throw new Error(reason);
  for (const test of [context.test, context.currentTest]) {
    if (test) (test as { skipReason?: string }).skipReason = reason;
  }
  context.skip();
}
