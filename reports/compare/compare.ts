import { diffArrays } from 'diff';
import type { Titles } from '../../rig/model/event.ts';
import type { Verdict } from '../../rig/model/verdict.ts';
import type { RunView, ScenarioView } from '../model.ts';
import { type Shape, shapeOf } from './shape.ts';

/** What became of a scenario between two runs. */
export const CHANGES = [
  'newly-failing',
  'newly-doubtful',
  'still-failing',
  'fixed',
  'added',
  'removed',
  'not-comparable',
  'unchanged',
] as const;
export type Change = (typeof CHANGES)[number];

export interface EvidenceChange {
  readonly plane: keyof Shape;
  /** Lines that only the one or only the other run has, in order, with `-` or `+` before them; with blanks, what they belong to. */
  readonly lines: readonly string[];
}

export interface Timing {
  /** Nominal ms. */
  readonly before: number;
  readonly after: number;
}

export interface ScenarioChange {
  readonly id: string;
  readonly title: Titles;
  readonly change: Change;
  readonly before?: Verdict;
  readonly after?: Verdict;
  /** Of the later run, for whatever has not passed. */
  readonly reason?: string;
  readonly evidence: readonly EvidenceChange[];
  /** Present when the time that the terminal took has clearly changed. */
  readonly timing?: Timing;
}

export interface Comparison {
  readonly before: RunSummary;
  readonly after: RunSummary;
  readonly scenarios: readonly ScenarioChange[];
  readonly counts: Readonly<Record<Change, number>>;
}

export interface RunSummary {
  readonly folder: string;
  readonly started: string;
  readonly profile: string;
  readonly bench: string;
}

/**
 * A timing has changed when it differs by a quarter and by more than two wall seconds, which on a fast clock are many of the
 * terminal's: what a busy machine adds is no change.
 */
const CLEARLY = { ratio: 1.25, wallMs: 2000 };

/** Compares two runs scenario by scenario; of several attempts the last one counts, as in the verdicts of a run. */
export function compareRuns(before: RunView, after: RunView): Comparison {
  const [old, fresh] = [lastAttempts(before), lastAttempts(after)];
  const rate = Math.max(1, before.start?.rate ?? 1, after.start?.rate ?? 1);
  const scenarios = [...new Set([...old.keys(), ...fresh.keys()])].map((id) =>
    changeOf(old.get(id), fresh.get(id), rate),
  );
  const counts = Object.fromEntries(
    CHANGES.map((change) => [change, scenarios.filter((scenario) => scenario.change === change).length]),
  ) as Record<Change, number>;
  const order = (scenario: ScenarioChange) => CHANGES.indexOf(scenario.change);
  return {
    before: summaryOf(before),
    after: summaryOf(after),
    scenarios: scenarios.sort((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : 1)),
    counts,
  };
}

const summaryOf = ({ folder, startedWall, start }: RunView): RunSummary => ({
  folder,
  started: startedWall,
  profile: start ? `${start.profile.maker} ${start.profile.model}` : '',
  bench: start?.bench.id ?? '',
});

function lastAttempts(run: RunView): ReadonlyMap<string, ScenarioView> {
  return new Map(run.scenarios.map((scenario) => [scenario.id, scenario]));
}

function changeOf(
  before: ScenarioView | undefined,
  after: ScenarioView | undefined,
  rate: number,
): ScenarioChange {
  const one = after ?? before;
  if (!one) throw new TypeError('a scenario of neither run');
  const both = before && after;
  const evidence = both ? evidenceChanges(shapeOf(before), shapeOf(after)) : [];
  const timing = both && timingOf(before, after, rate);
  return {
    id: one.id,
    title: one.start.title,
    change: kindOf(before, after),
    ...(before ? { before: before.verdict } : {}),
    ...(after ? { after: after.verdict } : {}),
    ...(after?.reason !== undefined && after.verdict !== 'passed' ? { reason: after.reason } : {}),
    evidence,
    ...(timing ? { timing } : {}),
  };
}

const isFailure = (verdict: Verdict): boolean => verdict === 'failed' || verdict === 'invalid';

function kindOf(before: ScenarioView | undefined, after: ScenarioView | undefined): Change {
  if (!before) return 'added';
  if (!after) return 'removed';
  // A scenario that says something else now proves nothing about the firmware.
  if (before.start.sha256 !== after.start.sha256) return 'not-comparable';
  const [was, is] = [before.verdict, after.verdict];
  if (isFailure(is)) return isFailure(was) ? 'still-failing' : 'newly-failing';
  if (is === 'passed') return was === 'passed' ? 'unchanged' : 'fixed';
  return was === is ? 'unchanged' : was === 'passed' ? 'newly-doubtful' : 'not-comparable';
}

function evidenceChanges(before: Shape, after: Shape): readonly EvidenceChange[] {
  return (['messages', 'receipts', 'screens'] as const).flatMap((plane) => {
    const lines = differences(blocksOf(before[plane]), blocksOf(after[plane]));
    return lines.length === 0 ? [] : [{ plane, lines }];
  });
}

/** A message, slip or screen: its headline and the indented lines below it. */
type Block = readonly [string, ...string[]];

function blocksOf(lines: readonly string[]): readonly Block[] {
  const blocks: [string, ...string[]][] = [];
  for (const line of lines) {
    const block = blocks.at(-1);
    if (line.startsWith('  ') && block) block.push(line);
    else blocks.push([line]);
  }
  return blocks;
}

/** What came or went whole is told by its headline; of what is in both runs, the lines that differ, below its headline. */
function differences(before: readonly Block[], after: readonly Block[]): readonly string[] {
  let [old, fresh] = [0, 0];
  return diffArrays(
    before.map(([head]) => head),
    after.map(([head]) => head),
  ).flatMap(({ added, removed, value }) => {
    if (added) fresh += value.length;
    if (removed) old += value.length;
    if (added || removed) return value.map((head) => `${added ? '+' : '-'} ${head}`);
    return value.flatMap((head) => {
      const within = diffArrays([...(before[old++] ?? [])], [...(after[fresh++] ?? [])]).flatMap((part) =>
        part.added || part.removed ? part.value.map((line) => `${part.added ? '+' : '-'} ${line}`) : [],
      );
      return within.length === 0 ? [] : [`  ${head}`, ...within];
    });
  });
}

function timingOf(before: ScenarioView, after: ScenarioView, rate: number): Timing | undefined {
  const taken = (scenario: ScenarioView) =>
    scenario.steps.reduce((sum, { nominalMs }) => sum + (nominalMs ?? 0), 0);
  const [was, is] = [taken(before), taken(after)];
  const [less, more] = was < is ? [was, is] : [is, was];
  return more > less * CLEARLY.ratio && more - less > CLEARLY.wallMs * rate
    ? { before: was, after: is }
    : undefined;
}
