import type { Ended, TierName } from './tier.ts';

/** What the guest tells of its tests, rewritten after each. */
export interface GuestReport {
  /** Its Node.js runs. */
  readonly started: true;
  /** All tests are done. */
  readonly ended: boolean;
  readonly passed: number;
  readonly failed: number;
  /** Tests that could not run, with the reason. */
  readonly skipped: readonly string[];
  /** Tests that run on another tier. */
  readonly elsewhere: readonly string[];
  readonly failures: readonly { readonly title: string; readonly message: string }[];
  /** Most memory that was in use, caches not counted. */
  readonly memoryMb: number;
}

/** The reason of a test that its tier does not run begins so. */
export const ELSEWHERE = 'runs on tier ';

/** How it went, as lines for the console; the last one is the sum. */
export function conclusionOf(
  report: GuestReport | undefined,
  run: { readonly tier: TierName; readonly required: boolean; readonly ended: Ended; readonly began: number },
): { readonly ok: boolean; readonly lines: readonly string[] } {
  const { passed = 0, failed = 0, ended = false, skipped = [], elsewhere = [] } = report ?? {};
  const lost = run.required ? skipped.length : 0;
  const seconds = ((Date.now() - run.began) / 1000).toFixed(0);
  const count = (number: number, what: string) => (number > 0 ? `, ${number} ${what}` : '');
  const sum = [
    `${passed} passed, ${failed + lost} failed`,
    count(skipped.length - lost, 'skipped'),
    count(elsewhere.length, 'on the other tier only'),
    ` in ${seconds} s on ${run.tier}`,
  ];
  return {
    ok: ended && failed + lost === 0 && passed > 0,
    lines: [
      ...(report?.failures ?? []).map(({ title, message }) => `\nFAILED ${title}\n${message}`),
      ...skipped.map((each) => `skipped: ${each}`),
      ...elsewhere.map((each) => `not here: ${each}`),
      ...(ended
        ? []
        : [report ? 'the guest stopped before its tests were done' : 'the guest never reported']),
      ...(run.ended.inTime ? [] : ['its time was up']),
      ...(report
        ? [`memory: guest at most ${report.memoryMb} MB, its process ${run.ended.memoryMb} MB`]
        : []),
      sum.join(''),
    ],
  };
}
