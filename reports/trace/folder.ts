import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eventOf } from '../../rig/journal/read.ts';
import type { JournalEvent } from '../../rig/model/event.ts';
import type { RunView, ScenarioView } from '../model.ts';
import { renderTrace } from './page.ts';
import { traceOf, tracePath } from './trace.ts';

const TRACES = 'traces';

/** Takes away the traces of an earlier report below the folder. */
export const clearTraces = (out: string): void => rmSync(join(out, TRACES), { recursive: true, force: true });

export interface TraceFolderOptions {
  /** So many traces, no more. */
  readonly most: number;
  /** Also of scenarios that have passed. */
  readonly all: boolean;
}

/**
 * The traces that a report links to, written while the journal is read: of every attempt when there are few, else of those
 * that have not passed. Only the events of the scenario that is being read are held.
 */
export class TraceFolder {
  readonly #out: string;
  readonly #options: TraceFolderOptions;
  /** Of bytes only the line, until somebody wants them. */
  #events: (JournalEvent | Buffer)[] = [];
  #before: (JournalEvent | Buffer)[] = [];
  #written = 0;

  constructor(out: string, options: TraceFolderOptions) {
    this.#out = out;
    this.#options = options;
  }

  event(event: JournalEvent): void {
    if (this.#written >= this.#options.most) this.#events = [];
    else if (event.type === 'scenario.start') {
      // A scenario without an end is known to be over only now.
      this.#before = this.#events;
      this.#events = [event];
    } else if (event.scenario !== undefined) this.#events.push(event);
  }

  /** The line of an event, which is taken apart only if a trace is written. */
  traffic(line: Buffer): void {
    if (this.#events.length > 0) this.#events.push(Buffer.from(line));
  }

  /** Writes the trace of a scenario that was read; its page, relative to the report. Undefined when it gets none. */
  scenario(scenario: ScenarioView, { folder, artefacts }: RunView): string | undefined {
    const { id, attempt, verdict, steps, firstEvent } = scenario;
    const { most, all } = this.#options;
    if (steps.length === 0 || this.#written >= most || (!all && verdict === 'passed')) return undefined;
    const lists = [this.#events, this.#before];
    const events = lists.find(([first]) => first && !Buffer.isBuffer(first) && first.n === firstEvent) ?? [];
    const path = tracePath(id, attempt);
    const to = join(this.#out, path);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, renderTrace(traceOf(folder, id, attempt, events.flatMap(parsed), artefacts)));
    this.#written += 1;
    return path;
  }
}

const parsed = (event: JournalEvent | Buffer): JournalEvent | readonly [] =>
  Buffer.isBuffer(event) ? (eventOf(event) ?? []) : event;
