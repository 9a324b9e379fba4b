import type { PaperPlace, Titles } from '../../model/event.ts';
import type { Blame, PartUnderTest, Verdict } from '../../model/verdict.ts';
import { verdictOn } from '../../model/verdict.ts';

/** One expectation beside what was observed. */
export interface Observation {
  /** Path in the scenario below the step, e.g. `expect.receipt.merchant.amount`. */
  readonly path: string;
  readonly expected: string;
  readonly observed: string;
  readonly verdict: Verdict;
  readonly blame?: Blame;
  /**
   * The terminal did not meet what the scenario presumes of the others: from here on nothing can be held against it.
   */
  readonly undermines?: true;
  /** The receipt rule behind it. */
  readonly rule?: { readonly id: string; readonly title: Titles; readonly source: string };
  /** What stands on the paper there, masked. */
  readonly paper?: PaperPlace;
}

/** How an expectation came out: it held, somebody is to blame, or it could not be observed. */
export function met(path: string, expected: string, observed: string): Observation {
  return { path, expected, observed, verdict: 'passed' };
}

export function unmet(
  path: string,
  expected: string,
  observed: string,
  blame: Blame,
  underTest: readonly PartUnderTest[],
): Observation {
  return { path, expected, observed, verdict: verdictOn(blame, underTest), blame };
}

/**
 * The plane that would have shown it is not there, or did not look: the report says so, nothing fails.
 * @param why in the place of: the bench has no such plane
 */
export function unobserved(
  path: string,
  expected: string,
  plane: string,
  why = `the bench has no ${plane} plane`,
): Observation {
  return { path, expected, observed: `not observed: ${why}`, verdict: 'skipped' };
}

/** The evidence cannot show it, whatever the terminal has sent: the report says so, nothing fails. */
export function untellable(path: string, expected: string, why: string): Observation {
  return { path, expected, observed: `not observed: ${why}`, verdict: 'skipped' };
}

/** It was seen, but not clearly enough to hold it for or against anybody; a person must look. */
export function unclear(path: string, expected: string, observed: string, why: string): Observation {
  return { path, expected, observed: `${observed} (${why})`, verdict: 'inconclusive', blame: 'bench' };
}
