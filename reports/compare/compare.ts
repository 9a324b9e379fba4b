import { diffArrays } from 'diff';
import type { Titles } from '../../rig/model/event.ts';
import type { Verdict } from '../../rig/model/verdict.ts';
import type { RunBrief } from '../model.ts';
import type { Compared, ComparedRun } from './evidence.ts';
import { type PictureChange, pictureChanges } from './pixels.ts';
import type { Shape } from './shape.ts';

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
  /** Slips whose dots differ where they ought to be the same. */
  readonly pictures: readonly PictureChange[];
  /** Present when the time that the terminal took has clearly changed. */
  readonly timing?: Timing;
}

export interface Comparison {
  readonly before: RunSummary;
  readonly after: RunSummary;
  readonly scenarios: readonly ScenarioChange[];
  readonly counts: Readonly<Record<Change, number>>;
  /** What else than the thing that was to be compared may have made a difference. */
  readonly differs: readonly Circumstance[];
  /** Scenarios that are in both runs. */
  readonly common: number;
}

/** What two runs may have been made with, in the order in which it is told. */
export const CIRCUMSTANCES = ['firmware', 'profile', 'bench', 'plan', 'by', 'seed'] as const;
export type Circumstance = (typeof CIRCUMSTANCES)[number];

export interface RunSummary {
  readonly folder: string;
  readonly started: string;
  readonly profile: string;
  readonly bench: string;
  /** Version of the firmware, if the run named it. */
  readonly firmware?: string;
  /** Id of the plan, if the run followed one. */
  readonly plan?: string;
  /** `keypad` or `till`. */
  readonly by: string;
  readonly seed: number;
  /** It was cut off: what it did not come to is not in it. */
  readonly interrupted: boolean;
}

/**
 * A timing has changed when it differs by a quarter and by more than two wall seconds, which on a fast clock are many of the
 * terminal's: what a busy machine adds is no change.
 */
const CLEARLY = { ratio: 1.25, wallMs: 2000 };

/** Compares two runs scenario by scenario. */
export function compareRuns(before: ComparedRun, after: ComparedRun): Comparison {
  const [old, fresh] = [before.scenarios, after.scenarios];
  const rate = Math.max(1, before.run.start?.rate ?? 1, after.run.start?.rate ?? 1);
  const scenarios = [...new Set([...old.keys(), ...fresh.keys()])].map((id) =>
    changeOf(old.get(id), fresh.get(id), rate),
  );
  const counts = Object.fromEntries(
    CHANGES.map((change) => [change, scenarios.filter((scenario) => scenario.change === change).length]),
  ) as Record<Change, number>;
  const order = (scenario: ScenarioChange) => CHANGES.indexOf(scenario.change);
  const [one, other] = [summaryOf(before.run), summaryOf(after.run)];
  return {
    before: one,
    after: other,
    differs: CIRCUMSTANCES.filter((name) => one[name] !== other[name]),
    common: [...old.keys()].filter((id) => fresh.has(id)).length,
    scenarios: scenarios.sort((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : 1)),
    counts,
  };
}

const summaryOf = ({ folder, startedWall, start, cut }: RunBrief): RunSummary => ({
  folder,
  started: startedWall,
  profile: start ? `${start.profile.maker} ${start.profile.model}` : '',
  bench: start?.bench.id ?? '',
  ...(start?.firmware === undefined ? {} : { firmware: start.firmware }),
  ...(start?.plan ? { plan: start.plan.id } : {}),
  by: start?.by ?? '',
  seed: start?.seed ?? 0,
  interrupted: cut,
});

function changeOf(before: Compared | undefined, after: Compared | undefined, rate: number): ScenarioChange {
  const one = after ?? before;
  if (!one) throw new TypeError('a scenario of neither run');
  const both = before && after;
  const evidence = both ? evidenceChanges(before.shape, after.shape) : [];
  const timing = both && timingOf(before, after, rate);
  return {
    id: one.brief.id,
    title: one.brief.start.title,
    change: kindOf(before, after),
    ...(before ? { before: before.brief.verdict } : {}),
    ...(after ? { after: after.brief.verdict } : {}),
    ...(after?.brief.reason !== undefined && after.brief.verdict !== 'passed'
      ? { reason: after.brief.reason }
      : {}),
    evidence,
    pictures: both ? pictureChanges(before.slips, after.slips) : [],
    ...(timing ? { timing } : {}),
  };
}

const isFailure = (verdict: Verdict): boolean => verdict === 'failed' || verdict === 'invalid';

function kindOf(before: Compared | undefined, after: Compared | undefined): Change {
  if (!before) return 'added';
  if (!after) return 'removed';
  // A scenario that says something else now proves nothing about the firmware.
  if (before.brief.start.sha256 !== after.brief.start.sha256) return 'not-comparable';
  const [was, is] = [before.brief.verdict, after.brief.verdict];
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

function timingOf(before: Compared, after: Compared, rate: number): Timing | undefined {
  const [was, is] = [before.taken, after.taken];
  const [less, more] = was < is ? [was, is] : [is, was];
  return more > less * CLEARLY.ratio && more - less > CLEARLY.wallMs * rate
    ? { before: was, after: is }
    : undefined;
}
