/**
 * Verdicts and blame. A verdict says what a scenario showed; blame says whose doing it was.
 * Only a part that the bench declares to be under test can be `failed`; see `settleVerdict`.
 */

/** Worst first. `skipped` is decided before a scenario starts; within a run a verdict only worsens. */
export const VERDICTS = ['invalid', 'failed', 'broken', 'inconclusive', 'passed', 'skipped'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const BLAMES = ['terminal', 'acquirer', 'till', 'bench', 'rig', 'file'] as const;
export type Blame = (typeof BLAMES)[number];

/** Parts that a bench may put under test. The others are the lab's own and can only ever be `broken`. */
export const PARTS_UNDER_TEST = ['terminal', 'acquirer', 'till'] as const;
export type PartUnderTest = (typeof PARTS_UNDER_TEST)[number];

/** One conclusion drawn during a scenario: what was expected, what was seen, and who is to blame. */
export interface Finding {
  readonly verdict: Verdict;
  /** Absent when `verdict` is `passed` or `skipped`. */
  readonly blame?: Blame;
  /** Stable, greppable id: an error code, an invariant's name or an expectation's path. */
  readonly code: string;
  /** One sentence for a test engineer: what was expected, what stands there instead. */
  readonly reason: string;
  /** The same in Chinese, where whoever wrote it wrote both: a plan's reason. */
  readonly zh?: string;
  /** What to do next, if there is something to do. */
  readonly hint?: string;
}

/**
 * The verdict on misbehaviour of one party: `failed` if that party is under test, else `broken`
 * (a lying host on a bench that tests the terminal is a broken bench, not a failed terminal).
 */
export function verdictOn(blame: Blame, underTest: readonly PartUnderTest[]): Verdict {
  if (blame === 'file') return 'invalid';
  return (underTest as readonly Blame[]).includes(blame) ? 'failed' : 'broken';
}

/** The worst finding decides a scenario; the first of equals keeps its reason. No finding at all: undefined. */
export function worst(findings: readonly Finding[]): Finding | undefined {
  let found: Finding | undefined;
  for (const finding of findings) {
    if (!found || VERDICTS.indexOf(finding.verdict) < VERDICTS.indexOf(found.verdict)) found = finding;
  }
  return found;
}

/** Process exit codes, worst first: 3 invalid, 4 evidence damaged, 1 failed, 2 broken or inconclusive, 5 nothing ran, 0. */
export const EXIT = { ok: 0, failed: 1, broken: 2, invalid: 3, damaged: 4, nothingRan: 5 } as const;

/** The exit code for a set of scenario verdicts. */
export function exitCodeOf(verdicts: readonly Verdict[]): number {
  if (verdicts.includes('invalid')) return EXIT.invalid;
  if (verdicts.includes('failed')) return EXIT.failed;
  if (verdicts.includes('broken') || verdicts.includes('inconclusive')) return EXIT.broken;
  return verdicts.includes('passed') ? EXIT.ok : EXIT.nothingRan;
}
