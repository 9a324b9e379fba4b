import type { Verdict } from '../../rig/model/verdict.ts';
import type { HistoryLine } from './history.ts';

/** How steady a scenario is with one firmware on one bench. */
export interface Flake {
  readonly scenario: string;
  readonly firmware: string;
  readonly bench: string;
  /** Verdicts that say something about the terminal, oldest first. */
  readonly verdicts: readonly Verdict[];
  /** How often the verdict changed from one to the next. */
  readonly flips: number;
  /** Flips per chance to flip, and the Wilson interval (95 %) around it. Undefined with fewer than two verdicts. */
  readonly score: { readonly rate: number; readonly low: number; readonly high: number } | undefined;
  /** Attempts at which the rig could tell nothing. */
  readonly undecided: number;
}

/** Quantile of the normal distribution for 95 %, two-sided. */
const Z = 1.959964;

/** Wilson score interval of `hits` in `of` trials (`of` > 0), within 0 and 1. */
export function wilson(hits: number, of: number): { readonly low: number; readonly high: number } {
  const rate = hits / of;
  const denominator = 1 + (Z * Z) / of;
  const centre = (rate + (Z * Z) / (2 * of)) / denominator;
  const half = (Z / denominator) * Math.sqrt((rate * (1 - rate)) / of + (Z * Z) / (4 * of * of));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** Runs that are looked back at. */
const WINDOW = 50;

/**
 * Flake scores by scenario, firmware and bench, most flaky first. Only passed and failed count as verdicts on the terminal;
 * a change of the scenario file begins anew.
 */
export function flakesOf(history: readonly HistoryLine[]): readonly Flake[] {
  const groups = new Map<string, HistoryLine[]>();
  for (const line of history) {
    const key = JSON.stringify([line.scenario, line.firmware, line.bench]);
    const group = groups.get(key);
    if (group) group.push(line);
    else groups.set(key, [line]);
  }
  return [...groups.values()]
    .map(flakeOf)
    .sort((a, b) => (b.score?.low ?? -1) - (a.score?.low ?? -1) || (a.scenario < b.scenario ? -1 : 1));
}

function flakeOf(lines: readonly HistoryLine[]): Flake {
  const newest = lines.at(-1);
  const same = lines.filter(({ version }) => version === newest?.version).slice(-WINDOW);
  const verdicts = same
    .map(({ verdict }) => verdict)
    .filter((verdict) => verdict === 'passed' || verdict === 'failed');
  const flips = verdicts.filter((verdict, i) => i > 0 && verdict !== verdicts[i - 1]).length;
  const chances = verdicts.length - 1;
  return {
    scenario: newest?.scenario ?? '',
    firmware: newest?.firmware ?? '',
    bench: newest?.bench ?? '',
    verdicts,
    flips,
    score: chances < 1 ? undefined : { rate: flips / chances, ...wilson(flips, chances) },
    undecided: same.length - verdicts.length,
  };
}
