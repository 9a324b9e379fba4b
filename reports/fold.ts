import { eventOf, readJournal, withoutFields } from '../rig/journal/read.ts';
import { RigError } from '../rig/model/errors.ts';
import type { EventOf, JournalEvent } from '../rig/model/event.ts';
import type { FaultView, RunBrief, RunView, ScenarioBrief, ScenarioView, Stamp } from './model.ts';

/** Reads a whole run into memory. Errors as of `streamRun`. */
export async function readRun(folder: string): Promise<RunView> {
  const fold = new RunFold(folder);
  await readInto(fold, folder);
  return fold.run;
}

/** What happens at the scenarios of a run that is streamed. Everything else of it is gone when the next one begins. */
export interface RunVisitor {
  /** Each event but those of type `bytes`, after it was read. */
  event?(event: JournalEvent): void;
  /**
   * Each event of type `bytes`, and with `lean` also messages, screens, keys and the like, in its place among the others, as
   * its line of the journal: see `eventOf`. Whoever keeps the line copies it.
   */
  traffic?(line: Buffer): void;
  /** Each scenario when it has ended; `run` has its artefacts. */
  scenario?(scenario: ScenarioView, run: RunView): void;
  /** When given, only the scenarios for which it is true, by their place in the run from 0; the others leave nothing behind. */
  readonly wants?: (place: number) => boolean;
  /**
   * Where a scenario has passed, the fields of its messages and what happened beside them (keys, screens, links) are of no
   * use: they are not read there.
   */
  readonly lean?: boolean;
  /** The hash chain is not checked: somebody else who reads the same file does. The run is then without hash and head. */
  readonly unchecked?: boolean;
}

/**
 * Reads a run one scenario at a time: what it needs of memory is the longest scenario, and a brief of each of the others.
 * Throws what `readJournal` does; JOURNAL_DAMAGED also when an event lacks what its type has.
 */
export async function streamRun(folder: string, visitor: RunVisitor = {}): Promise<RunBrief> {
  const fold: RunFold = new RunFold(
    folder,
    (scenario) => {
      visitor.scenario?.(scenario, fold.run);
      briefs.push(briefOf(scenario));
      // What a slip or a verdict refers to was recorded within its scenario.
      fold.run.artefacts.clear();
    },
    visitor.wants,
  );
  const briefs: ScenarioBrief[] = [];
  await readInto(fold, folder, visitor);
  const { artefacts: _, ...run } = fold.run;
  return { ...run, scenarios: briefs };
}

/** Bytes of a journal from which a second thread costs less than it saves. */
const WORTH_A_THREAD = 48 * 1024 * 1024;

async function readInto(fold: RunFold, folder: string, visitor: RunVisitor = {}): Promise<void> {
  let sha256 = '';
  let head: string | undefined;
  const onSha256 = (hash: string) => {
    sha256 = hash;
  };
  const options = {
    onCut: () => fold.cutHere(),
    onHead: (last: string | undefined) => {
      head = last;
    },
    take: (type: string, line: Buffer) => {
      if (visitor.lean && fold.takeLean(type, line)) {
        visitor.traffic?.(line);
        return true;
      }
      if (type !== 'bytes' && !fold.isForeign(type)) return false;
      if (fold.passOver()) visitor.traffic?.(line);
      return true;
    },
    pass: () => fold.foreign,
    onPassed: (lines: number) => {
      fold.run.events += lines;
    },
    ...(visitor.unchecked ? { unchecked: true } : { besideFrom: WORTH_A_THREAD, onSha256 }),
  };
  for await (const event of readJournal(folder, options)) {
    visitor.event?.(event);
    fold.take(event);
  }
  const run = fold.finish();
  run.sha256 = sha256;
  if (head !== undefined) run.head = Buffer.from(head, 'base64url').toString('hex');
}

/** A view of events that are at hand already, e.g. for a live display or a test. */
export function foldEvents(folder: string, events: Iterable<JournalEvent>): RunView {
  const fold = new RunFold(folder);
  for (const event of events) fold.take(event);
  return fold.finish();
}

function briefOf(scenario: ScenarioView): ScenarioBrief {
  const { place, id, attempt, start, startedWall, endedWall, firstEvent, lastEvent, finished, verdict } =
    scenario;
  const { blame, reason, hint, findings, observed, books, wallMs, nominalMs } = scenario;
  return {
    ...{ place, id, attempt, start, startedWall, endedWall, firstEvent, lastEvent, finished, verdict },
    ...{ findings, observed, books, wallMs, nominalMs },
    ...(blame === undefined ? {} : { blame }),
    ...(reason === undefined ? {} : { reason }),
    ...(hint === undefined ? {} : { hint }),
    invariants: scenario.invariants.filter((invariant) => invariant.verdict !== 'passed'),
  };
}

/** What happens beside messages, receipts and faults. */
const BESIDE: ReadonlySet<string> = new Set(['screen', 'key', 'link', 'card', 'power', 'path']);

const UNFINISHED = 'The journal ends before this scenario did: the rig was stopped or killed.';

/** Builds a RunView event by event. */
class RunFold {
  readonly run: RunView;
  #current: ScenarioView | undefined;
  #step = 0;
  readonly #attempts = new Map<string, number>();
  readonly #onScenario: (scenario: ScenarioView) => void;
  readonly #wants: ((place: number) => boolean) | undefined;
  /** Scenarios that nobody was told of yet. */
  readonly #ended: ScenarioView[] = [];
  /** Within a scenario of another share. */
  #foreign = false;
  /** What was taken leanly of the scenario that is on, as lines, with the step that was running. */
  #lean: { readonly line: Buffer; readonly step: number }[] = [];

  /**
   * `onScenario` is given each scenario when it has ended, the last one also when it has not; `wants` tells by their place
   * which of them, all when absent.
   */
  constructor(
    folder: string,
    onScenario?: (scenario: ScenarioView) => void,
    wants?: (place: number) => boolean,
  ) {
    this.#wants = wants;
    this.#onScenario = onScenario ?? ((scenario) => this.run.scenarios.push(scenario));
    this.run = {
      folder,
      start: undefined,
      startedWall: '',
      end: undefined,
      endedWall: '',
      sha256: '',
      events: 0,
      cut: false,
      attempts: 0,
      scenarios: [],
      notes: [],
      artefacts: new Map(),
    };
  }

  cutHere(): void {
    this.run.cut = true;
  }

  /** An event stood here that is not taken apart. False when it belongs to a scenario of another share. */
  passOver(): boolean {
    this.run.events += 1;
    if (this.#current) this.#current.lastEvent = this.run.events;
    return !this.#foreign;
  }

  /** Within a scenario of another share: nothing is wanted before its end. */
  get foreign(): boolean {
    return this.#foreign;
  }

  /** Whether an event of that type, if it came now, would belong to a scenario of another share. */
  isForeign(type: string): boolean {
    if (!this.#foreign || type === 'scenario.start' || type === 'run.end') return false;
    if (type === 'scenario.end') this.#foreign = false;
    return true;
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
    this.#tell();
  }

  /**
   * Passes over what a scenario that passed does without, and takes its messages without their fields; the lines are kept
   * until it is known how it ended. False for an event that is to be taken as ever.
   */
  takeLean(type: string, line: Buffer): boolean {
    // The first thing that happened is what times are counted from.
    if (this.#foreign || !this.#current?.happenings.length) return false;
    if (type === 'message') {
      const event = withoutFields(line);
      if (event?.type !== 'message') return false;
      this.take(event);
    } else if (BESIDE.has(type)) this.run.events += 1;
    else return false;
    this.#lean.push({ line: Buffer.from(line), step: this.#step });
    return true;
  }

  /** What goes wrong with a scenario that was read (a disk that is full) is nothing that the journal did. */
  #tell(): void {
    for (const scenario of this.#ended.splice(0)) this.#onScenario(scenario);
  }

  finish(): RunView {
    this.#endScenario();
    this.#tell();
    if (!this.run.end) this.run.cut = true;
    return this.run;
  }

  #fold(event: JournalEvent): void {
    const run = this.run;
    run.events += 1;
    if (this.isForeign(event.type)) return;
    run.startedWall ||= event.wall;
    run.endedWall = event.wall;
    const scenario = this.#current;
    if (scenario && !scenario.finished) {
      scenario.endedWall = event.wall;
      scenario.lastEvent = event.n;
    }
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
    this.#endScenario();
    const attempt = (this.#attempts.get(event.id) ?? 0) + 1;
    this.#attempts.set(event.id, attempt);
    this.#step = 0;
    const place = this.run.attempts;
    this.run.attempts += 1;
    this.#foreign = this.#wants?.(place) === false;
    if (this.#foreign) return;
    this.#current = {
      place,
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
      ...(this.run.start?.fieldNames === undefined ? {} : { fieldNames: this.run.start.fieldNames }),
    };
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
    this.#endScenario();
    this.#step = 0;
  }

  #endScenario(): void {
    const scenario = this.#current;
    this.#current = undefined;
    if (scenario && scenario.verdict !== 'passed') this.#fillIn(scenario);
    this.#lean = [];
    if (scenario) this.#ended.push(scenario);
  }

  /** Makes good what was taken leanly. */
  #fillIn(scenario: ScenarioView): void {
    if (this.#lean.length === 0) return;
    const known = new Map(scenario.messages.map((message) => [message.at.n, message]));
    for (const { line, step } of this.#lean) {
      const event = eventOf(line);
      const message = event && known.get(event.n);
      if (message && event.type === 'message') Object.assign(message, { message: event.message });
      else if (event) this.#happened(scenario, event, { n: event.n, t: event.t, step });
    }
    scenario.happenings.sort((a, b) => a.at.n - b.at.n);
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
      case 'bytes':
        break;
      case 'invariant':
        scenario.invariants.push(event);
        break;
      case 'ledger':
        scenario.ledger = event.entries;
        scenario.settlements = event.settlements;
        break;
      default:
        this.#happened(scenario, event, at);
    }
  }

  #happened(scenario: ScenarioView, event: JournalEvent, at: Stamp): void {
    switch (event.type) {
      case 'message': {
        const message = { ...event, at };
        scenario.messages.push(message);
        scenario.happenings.push(message);
        break;
      }
      case 'screen': {
        const screen = { ...event, at };
        scenario.screens.push(screen);
        scenario.happenings.push(screen);
        break;
      }
      case 'receipt': {
        const artefacts = event.slip.artefacts.flatMap((id) => this.run.artefacts.get(id) ?? []);
        const receipt = { ...event, artefacts, at };
        scenario.receipts.push(receipt);
        scenario.happenings.push(receipt);
        break;
      }
      case 'fault': {
        const fault: FaultView = scenario.faults.get(event.proof.id) ?? { proof: event.proof, phases: [] };
        fault.proof = event.proof;
        fault.phases.push({ phase: event.phase, at });
        scenario.faults.set(event.proof.id, fault);
        scenario.happenings.push({ ...event, at });
        break;
      }
      case 'path':
      case 'key':
      case 'card':
      case 'power':
      case 'link':
        scenario.happenings.push({ ...event, at });
        break;
      default: // of a newer posrig: nothing that this one could show
    }
  }
}
