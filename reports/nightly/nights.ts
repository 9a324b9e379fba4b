import { decide } from '../../rig/model/attempts.ts';
import type { Verdict } from '../../rig/model/verdict.ts';
import type { HistoryLine } from './history.ts';

/** One run as the history has it. */
export interface Night {
  readonly run: string;
  /** Wall time of its first attempt, ISO 8601. */
  readonly wall: string;
  readonly firmware: string;
  /** What every scenario came to, all its attempts taken together. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
  /** Hash of each scenario's file. */
  readonly versions: ReadonlyMap<string, string>;
}

/** The runs of a bench, oldest first; retries count as the decision over all attempts. */
export function nightsOf(history: readonly HistoryLine[], bench: string): readonly Night[] {
  const runs = new Map<string, HistoryLine[]>();
  for (const line of history) {
    if (line.bench !== bench) continue;
    const run = runs.get(line.run);
    if (run) run.push(line);
    else runs.set(line.run, [line]);
  }
  return [...runs]
    .map(([run, lines]) => nightOf(run, lines))
    .sort((a, b) => (a.wall < b.wall ? -1 : a.wall > b.wall ? 1 : 0));
}

function nightOf(run: string, lines: readonly HistoryLine[]): Night {
  const attempts = new Map<string, HistoryLine[]>();
  for (const line of lines) attempts.set(line.scenario, [...(attempts.get(line.scenario) ?? []), line]);
  const verdicts = new Map<string, Verdict>();
  for (const [scenario, made] of attempts) {
    const decision = decide(made);
    if (decision) verdicts.set(scenario, decision.decisive.verdict);
  }
  return {
    run,
    wall: lines.reduce((first, { wall }) => (wall < first ? wall : first), lines[0]?.wall ?? ''),
    firmware: lines[0]?.firmware ?? '',
    verdicts,
    versions: new Map(lines.map(({ scenario, version }) => [scenario, version])),
  };
}

/** A scenario whose verdict is not what it was when it was last run on this bench. */
export interface Change {
  readonly scenario: string;
  readonly before: Verdict;
  readonly now: Verdict;
  /** The run in which it was so before. */
  readonly since: Night;
  /** The scenario's file is another one than then. */
  readonly rewritten: boolean;
}

/** What the newest night changed: each of its scenarios against the night in which it was run last. */
export function changesOf(nights: readonly Night[]): readonly Change[] {
  const newest = nights.at(-1);
  if (!newest) return [];
  return [...newest.verdicts].flatMap(([scenario, now]) => {
    const since = nights.slice(0, -1).findLast(({ verdicts }) => verdicts.has(scenario));
    const before = since?.verdicts.get(scenario);
    if (since === undefined || before === undefined || before === now) return [];
    const rewritten = since.versions.get(scenario) !== newest.versions.get(scenario);
    return [{ scenario, before, now, since, rewritten }];
  });
}
