import { join } from 'node:path';
import { type Decision, decide } from '../rig/model/attempts.ts';
import type { LedgerEntry, Settlement } from '../rig/model/book.ts';
import type { ArtefactRef, EventOf, PlaneName } from '../rig/model/event.ts';
import type { FaultProof } from '../rig/model/fault.ts';
import type { TillFaultProof } from '../rig/model/till-fault.ts';
import { type Blame, type Finding, VERDICTS, type Verdict } from '../rig/model/verdict.ts';

/** Where an event stands on the run's timeline. */
export interface Stamp {
  readonly n: number;
  /** Nominal ms since the run started. */
  readonly t: number;
  /** Step that was running, from 1; 0 before the first and after the last. */
  readonly step: number;
}

export type Stamped<T> = T & { readonly at: Stamp };

export interface ArtefactView {
  readonly name: string;
  readonly ref: ArtefactRef;
}

export interface ReceiptView extends EventOf<'receipt'> {
  readonly artefacts: readonly ArtefactView[];
}

export interface StepView {
  readonly step: number;
  readonly action: string;
  readonly title: string;
  readonly startedAt: number;
  readonly startedWall: string;
  endedWall?: string;
  outcome?: string;
  nominalMs?: number;
  readonly expectations: EventOf<'expectation'>[];
}

/** A fault as its last report has it, and when each phase was told. */
export interface FaultView {
  proof: FaultProof | TillFaultProof;
  readonly phases: Stamped<{ readonly phase: EventOf<'fault'>['phase'] }>[];
}

/** Things that happened, in order, for diagrams and step-by-step views. */
export type Happening = Stamped<
  EventOf<'message' | 'fault' | 'path' | 'key' | 'card' | 'power' | 'screen' | 'receipt' | 'link' | 'note'>
>;

/**
 * What tables, counts and histories say of a scenario: small, so that a run of any length can be held. A retry is a view of
 * its own with a higher `attempt`.
 */
export interface ScenarioBrief {
  /** Its place among all attempts of the run, from 0. */
  readonly place: number;
  readonly id: string;
  readonly attempt: number;
  readonly start: EventOf<'scenario.start'>;
  readonly startedWall: string;
  endedWall: string;
  /** Running numbers of its first and last event in the journal. */
  readonly firstEvent: number;
  lastEvent: number;
  /** False when the journal ends within the scenario; the verdict is then `broken`. */
  finished: boolean;
  verdict: Verdict;
  blame?: Blame;
  reason?: string;
  hint?: string;
  findings: readonly Finding[];
  observed: readonly PlaneName[];
  books: readonly string[];
  wallMs: number;
  nominalMs: number;
  /** A brief that is kept while others are read has only those that did not hold. */
  readonly invariants: EventOf<'invariant'>[];
}

/** One scenario as the journal tells it, with everything that a sheet shows. */
export interface ScenarioView extends ScenarioBrief {
  readonly steps: StepView[];
  /** Expectations outside of any step. */
  readonly expectations: EventOf<'expectation'>[];
  readonly happenings: Happening[];
  readonly messages: Stamped<EventOf<'message'>>[];
  readonly receipts: Stamped<ReceiptView>[];
  readonly screens: Stamped<EventOf<'screen'>>[];
  readonly faults: Map<string, FaultView>;
  ledger: readonly LedgerEntry[];
  settlements: readonly Settlement[];
  /** What the run calls the fields of messages in Chinese, by their English names. */
  readonly fieldNames?: Readonly<Record<string, string>>;
}

/** A run without what only the sheets of its scenarios show. */
export interface RunBrief {
  readonly folder: string;
  start: EventOf<'run.start'> | undefined;
  startedWall: string;
  end: EventOf<'run.end'> | undefined;
  endedWall: string;
  /** SHA-256 of the journal file; empty for a view that was not read from a file. */
  sha256: string;
  /** Newest link of the journal's hash chain, hexadecimal; `posrig verify --head` takes it. Undefined without a chain. */
  head?: string;
  /** Number of events read. */
  events: number;
  /** The rig was killed: the last line is incomplete, or there is no `run.end`. */
  cut: boolean;
  /** Attempts that the journal begins, also those that nobody wanted to be told of. */
  attempts: number;
  readonly scenarios: readonly ScenarioBrief[];
  readonly notes: Stamped<EventOf<'note'>>[];
}

/** A whole run in memory. Everything in a report comes from here, and everything here from the journal. */
export interface RunView extends RunBrief {
  readonly scenarios: ScenarioView[];
  readonly artefacts: Map<string, ArtefactView>;
}

/** How often each verdict occurs; several attempts at a scenario are decided together and count once. */
export function countVerdicts({ scenarios }: Pick<RunBrief, 'scenarios'>): Readonly<Record<Verdict, number>> {
  const counts = { invalid: 0, failed: 0, broken: 0, inconclusive: 0, passed: 0, skipped: 0 };
  for (const { decisive } of casesOf(scenarios)) counts[decisive.verdict] += 1;
  return counts;
}

/** A scenario with every attempt at it. */
export interface CaseView<S extends ScenarioBrief = ScenarioView> extends Decision<S> {
  readonly id: string;
  /** In the order in which they were made. */
  readonly attempts: readonly S[];
}

/** Scenarios by id, in the order of their first attempts. */
export function casesOf<S extends ScenarioBrief>(scenarios: readonly S[]): readonly CaseView<S>[] {
  const byId = new Map<string, S[]>();
  for (const scenario of scenarios) {
    const attempts = byId.get(scenario.id);
    if (attempts) attempts.push(scenario);
    else byId.set(scenario.id, [scenario]);
  }
  return [...byId].flatMap(([id, attempts]) => {
    const decision = decide(attempts);
    return decision ? [{ id, attempts, ...decision }] : [];
  });
}

/** The worst verdict of a set; undefined when it is empty. `skipped` counts only when there is nothing else. */
export function worstOf(verdicts: readonly Verdict[]): Verdict | undefined {
  return VERDICTS.find((verdict) => verdicts.includes(verdict));
}

/** Absolute path of an artefact, or undefined when the journal points outside of the run's folder. */
export function artefactPath(folder: string, artefact: ArtefactRef): string | undefined {
  return /^artefacts\/[\w.-]+$/.test(artefact.path) && !artefact.path.includes('..')
    ? join(folder, artefact.path)
    : undefined;
}
