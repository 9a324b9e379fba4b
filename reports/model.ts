import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { JOURNAL_FILE } from '../rig/journal/journal.ts';
import { readJournal } from '../rig/journal/read.ts';
import { type Decision, decide } from '../rig/model/attempts.ts';
import type { LedgerEntry, Settlement } from '../rig/model/book.ts';
import { RigError } from '../rig/model/errors.ts';
import type { ArtefactRef, EventOf, JournalEvent, PlaneName } from '../rig/model/event.ts';
import type { FaultProof } from '../rig/model/fault.ts';
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
  proof: FaultProof;
  readonly phases: Stamped<{ readonly phase: EventOf<'fault'>['phase'] }>[];
}

/** Things that happened, in order, for diagrams and step-by-step views. */
export type Happening = Stamped<
  EventOf<'message' | 'fault' | 'path' | 'key' | 'card' | 'power' | 'screen' | 'receipt' | 'link' | 'note'>
>;

/** One scenario as the journal tells it. A retry is a view of its own with a higher `attempt`. */
export interface ScenarioView {
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
  readonly steps: StepView[];
  /** Expectations outside of any step. */
  readonly expectations: EventOf<'expectation'>[];
  readonly invariants: EventOf<'invariant'>[];
  readonly happenings: Happening[];
  readonly messages: Stamped<EventOf<'message'>>[];
  readonly receipts: Stamped<ReceiptView>[];
  readonly screens: Stamped<EventOf<'screen'>>[];
  readonly faults: Map<string, FaultView>;
  ledger: readonly LedgerEntry[];
  settlements: readonly Settlement[];
  /** Bytes seen, by `plane stream direction`. */
  readonly traffic: Map<string, number>;
}

/** A whole run. Everything in a report comes from here, and everything here from the journal. */
export interface RunView {
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
  readonly scenarios: ScenarioView[];
  readonly notes: Stamped<EventOf<'note'>>[];
  readonly artefacts: Map<string, ArtefactView>;
}

/** Reads a run's folder. Errors as of `readJournal`; JOURNAL_DAMAGED also when an event lacks what its type has. */
export async function readRun(folder: string): Promise<RunView> {
  const fold = new RunFold(folder);
  let head: string | undefined;
  const options = {
    onCut: () => fold.cutHere(),
    onHead: (last: string | undefined) => {
      head = last;
    },
  };
  for await (const event of readJournal(folder, options)) fold.take(event);
  const run = fold.finish();
  run.sha256 = await sha256Of(join(folder, JOURNAL_FILE));
  if (head !== undefined) run.head = Buffer.from(head, 'base64url').toString('hex');
  return run;
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** A view of events that are at hand already, e.g. for a live display or a test. */
export function foldEvents(folder: string, events: Iterable<JournalEvent>): RunView {
  const fold = new RunFold(folder);
  for (const event of events) fold.take(event);
  return fold.finish();
}

/** How often each verdict occurs; several attempts at a scenario are decided together and count once. */
export function countVerdicts({ scenarios }: Pick<RunView, 'scenarios'>): Readonly<Record<Verdict, number>> {
  const counts = { invalid: 0, failed: 0, broken: 0, inconclusive: 0, passed: 0, skipped: 0 };
  for (const { decisive } of casesOf(scenarios)) counts[decisive.verdict] += 1;
  return counts;
}

/** A scenario with every attempt at it. */
export interface CaseView extends Decision<ScenarioView> {
  readonly id: string;
  /** In the order in which they were made. */
  readonly attempts: readonly ScenarioView[];
}

/** Scenarios by id, in the order of their first attempts. */
export function casesOf(scenarios: readonly ScenarioView[]): readonly CaseView[] {
  const byId = new Map<string, ScenarioView[]>();
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
export function artefactPath(run: RunView, artefact: ArtefactRef): string | undefined {
  return /^artefacts\/[\w.-]+$/.test(artefact.path) && !artefact.path.includes('..')
    ? join(run.folder, artefact.path)
    : undefined;
}

const UNFINISHED = 'The journal ends before this scenario did: the rig was stopped or killed.';

/** Builds a RunView event by event. */
class RunFold {
  readonly #run: RunView;
  #current: ScenarioView | undefined;
  #step = 0;

  constructor(folder: string) {
    this.#run = {
      folder,
      start: undefined,
      startedWall: '',
      end: undefined,
      endedWall: '',
      sha256: '',
      events: 0,
      cut: false,
      scenarios: [],
      notes: [],
      artefacts: new Map(),
    };
  }

  cutHere(): void {
    this.#run.cut = true;
  }

  take(event: JournalEvent): void {
    try {
      this.#fold(event);
    } catch (cause) {
      throw new RigError(
        'JOURNAL_DAMAGED',
        'rig',
        `Event ${event.n} (${event.type}) is not as it should be.`,
        {
          cause,
          hint: 'It was written by another version of posrig, or changed by hand.',
        },
      );
    }
  }

  finish(): RunView {
    if (!this.#run.end) this.#run.cut = true;
    return this.#run;
  }

  #fold(event: JournalEvent): void {
    const run = this.#run;
    run.events += 1;
    run.startedWall ||= event.wall;
    run.endedWall = event.wall;
    const scenario = this.#current;
    if (scenario && !scenario.finished)
      Object.assign(scenario, { endedWall: event.wall, lastEvent: event.n });
    const at: Stamp = { n: event.n, t: event.t, step: this.#step };
    switch (event.type) {
      case 'run.start':
        run.start = event;
        break;
      case 'run.end':
        run.end = event;
        break;
      case 'scenario.start':
        this.#begin(event);
        break;
      case 'scenario.end':
        this.#end(event);
        break;
      case 'artefact':
        run.artefacts.set(event.artefact.id, { name: event.name, ref: event.artefact });
        break;
      case 'note':
        if (scenario) scenario.happenings.push({ ...event, at });
        else run.notes.push({ ...event, at });
        break;
      default:
        if (scenario) this.#within(scenario, event, at);
    }
  }

  #begin(event: EventOf<'scenario.start'> & JournalEvent): void {
    const attempt = this.#run.scenarios.filter(({ id }) => id === event.id).length + 1;
    this.#step = 0;
    this.#current = {
      id: event.id,
      attempt,
      start: event,
      startedWall: event.wall,
      endedWall: event.wall,
      firstEvent: event.n,
      lastEvent: event.n,
      finished: false,
      verdict: 'broken',
      blame: 'rig',
      reason: UNFINISHED,
      findings: [],
      observed: [],
      books: [],
      wallMs: 0,
      nominalMs: 0,
      steps: [],
      expectations: [],
      invariants: [],
      happenings: [],
      messages: [],
      receipts: [],
      screens: [],
      faults: new Map(),
      ledger: [],
      settlements: [],
      traffic: new Map(),
    };
    this.#run.scenarios.push(this.#current);
  }

  #end(event: EventOf<'scenario.end'>): void {
    const scenario = this.#current;
    if (!scenario || scenario.id !== event.id) throw new Error(`scenario ${event.id} ends without a start`);
    delete scenario.blame;
    delete scenario.reason;
    const { verdict, blame, reason, hint, findings, observed, books, wallMs, nominalMs } = event;
    Object.assign(scenario, { finished: true, verdict, findings, observed, books, wallMs, nominalMs });
    if (blame !== undefined) scenario.blame = blame;
    if (reason !== undefined) scenario.reason = reason;
    if (hint !== undefined) scenario.hint = hint;
    this.#current = undefined;
    this.#step = 0;
  }

  #within(scenario: ScenarioView, event: JournalEvent, at: Stamp): void {
    switch (event.type) {
      case 'step.start':
        this.#step = event.step;
        scenario.steps.push({
          step: event.step,
          action: event.action,
          title: event.title,
          startedAt: event.t,
          startedWall: event.wall,
          expectations: [],
        });
        break;
      case 'step.end': {
        const step = scenario.steps.findLast((candidate) => candidate.step === event.step);
        if (step)
          Object.assign(step, { outcome: event.outcome, nominalMs: event.nominalMs, endedWall: event.wall });
        break;
      }
      case 'expectation': {
        const step = scenario.steps.findLast((candidate) => candidate.step === event.step);
        (step ?? scenario).expectations.push(event);
        break;
      }
      case 'invariant':
        scenario.invariants.push(event);
        break;
      case 'ledger':
        scenario.ledger = event.entries;
        scenario.settlements = event.settlements;
        break;
      case 'bytes': {
        const key = `${event.plane} ${event.stream} ${event.dir}`;
        scenario.traffic.set(key, (scenario.traffic.get(key) ?? 0) + event.count);
        break;
      }
      default:
        this.#happened(scenario, event, at);
    }
  }

  #happened(scenario: ScenarioView, event: JournalEvent, at: Stamp): void {
    switch (event.type) {
      case 'message':
        scenario.messages.push({ ...event, at });
        break;
      case 'screen':
        scenario.screens.push({ ...event, at });
        break;
      case 'receipt': {
        const artefacts = event.slip.artefacts.flatMap((id) => this.#run.artefacts.get(id) ?? []);
        scenario.receipts.push({ ...event, artefacts, at });
        break;
      }
      case 'fault': {
        const fault = scenario.faults.get(event.proof.id) ?? { proof: event.proof, phases: [] };
        fault.proof = event.proof;
        fault.phases.push({ phase: event.phase, at });
        scenario.faults.set(event.proof.id, fault);
        break;
      }
      case 'path':
      case 'key':
      case 'card':
      case 'power':
      case 'link':
        break;
      default:
        return; // of a newer posrig: nothing that this one could show
    }
    scenario.happenings.push({ ...event, at });
  }
}
