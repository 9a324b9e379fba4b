import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { JournalEvent } from '../../rig/model/event.ts';
import type { RunView, ScenarioView } from '../model.ts';
import { renderTrace } from './page.ts';
import { traceOf, tracePath } from './trace.ts';

/** Traces that the report of a long run brings along; `posrig show` makes any other. */
const MOST = 200;

/**
 * The traces that a report links to, written while the journal is read: of every attempt when there are few, else of those
 * that have not passed. Only the events of the scenario that is being read are held.
 */
export class TraceFolder {
  readonly #out: string;
  readonly #all: boolean;
  /** Of bytes only the text, until somebody wants them. */
  #events: (JournalEvent | string)[] = [];
  #before: (JournalEvent | string)[] = [];
  #written = 0;

  /** `all`: also of scenarios that have passed. */
  constructor(out: string, all: boolean) {
    this.#out = out;
    this.#all = all;
    rmSync(join(out, 'traces'), { recursive: true, force: true });
  }

  event(event: JournalEvent): void {
    if (event.type === 'scenario.start') {
      // A scenario without an end is known to be over only now.
      this.#before = this.#events;
      this.#events = [event];
    } else if (event.scenario !== undefined) this.#events.push(event);
  }

  traffic(record: string): void {
    if (this.#events.length > 0) this.#events.push(record);
  }

  /** Writes the trace of a scenario that was read; its page, relative to the report. Undefined when it gets none. */
  scenario(scenario: ScenarioView, { folder, artefacts }: RunView): string | undefined {
    const { id, attempt, verdict, steps, firstEvent } = scenario;
    if (steps.length === 0 || this.#written >= MOST || (!this.#all && verdict === 'passed')) return undefined;
    const lists = [this.#events, this.#before];
    const events = lists.find(([first]) => typeof first === 'object' && first.n === firstEvent) ?? [];
    const path = tracePath(id, attempt);
    const to = join(this.#out, path);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, renderTrace(traceOf(folder, id, attempt, events.map(parsed), artefacts)));
    this.#written += 1;
    return path;
  }
}

/** The record was written by the journal and held to its chain. */
const parsed = (event: JournalEvent | string): JournalEvent =>
  typeof event === 'string' ? (JSON.parse(event) as JournalEvent) : event;
