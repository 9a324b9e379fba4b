import type { Verdict } from './verdict.ts';

/** What several attempts at one scenario say together. */
export interface Decision<T> {
  /** The attempt that speaks for all: its verdict is the verdict, its reason the reason. */
  readonly decisive: T;
  /** It failed once and passed once: nobody may rely on either. The verdict is failed. */
  readonly flaky: boolean;
}

/** Who speaks, loudest first: what was shown about the terminal counts before what the rig could not tell. */
const ORDER: readonly Verdict[] = ['failed', 'passed', 'invalid', 'broken', 'inconclusive', 'skipped'];

/**
 * The decision over all attempts at a scenario, in the order in which they were made. A failure stays a failure, whatever
 * came before or after; an attempt that showed nothing (broken, inconclusive) is made good by one that passed, and stays
 * in the report beside it. Undefined without attempts.
 */
export function decide<T extends { readonly verdict: Verdict }>(
  attempts: readonly T[],
): Decision<T> | undefined {
  for (const verdict of ORDER) {
    // The first failure keeps its reason; of anything else the newest attempt counts.
    const having = attempts.filter((attempt) => attempt.verdict === verdict);
    const decisive = verdict === 'failed' ? having[0] : having.at(-1);
    if (decisive) return { decisive, flaky: verdict === 'failed' && attempts.some(isPassed) };
  }
  return undefined;
}

const isPassed = ({ verdict }: { readonly verdict: Verdict }) => verdict === 'passed';

/** May another attempt be made? Only when nothing was shown about the terminal: broken or inconclusive. */
export const mayRetry = (verdict: Verdict): boolean => verdict === 'broken' || verdict === 'inconclusive';
