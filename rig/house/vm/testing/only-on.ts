import { ELSEWHERE } from '../report.ts';
import type { TierName } from '../tier.ts';

/** The tier that this guest is. */
export const TIER = process.env['POSRIG_VM_TIER'] as TierName;

/** In a test or hook: it runs on one tier only; the other's closing lines say so, with the reason. */
export function onlyOn(context: Mocha.Context, tier: TierName, why: string): void {
  if (TIER === tier) return;
  for (const test of [context.test, context.currentTest])
    if (test) (test as { skipReason?: string }).skipReason = `${ELSEWHERE}${tier} only: ${why}`;
  context.skip();
}
