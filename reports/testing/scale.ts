import { readFileSync } from 'node:fs';
import { openJournal } from '../../rig/journal/journal.ts';
import { readJournal } from '../../rig/journal/read.ts';
import type { TestCard } from '../../rig/model/card.ts';
import type { ArtefactRef, EventBody, JournalEvent } from '../../rig/model/event.ts';
import type { Clock } from '../../rig/model/time.ts';
import { artefactPath } from '../model.ts';

export interface ScaleOptions {
  /** How many scenarios the new run has. */
  readonly cases: number;
  /** How often bytes, screens and keys of the original stand in it: once, or more for longer scenarios. Default 1. */
  readonly density?: number;
  readonly cards?: readonly TestCard[];
}

/** Events of which there simply are more in a longer scenario. */
const REPEATED: ReadonlySet<JournalEvent['type']> = new Set(['bytes', 'screen', 'key', 'link']);

/**
 * Writes a long run from a short one into `to`, through the journal that every run is written with: masked, chained, with
 * artefacts of their own for every scenario. Its scenarios are those of the original in turn, under new ids. Returns the
 * number of events.
 */
export async function scaleRun(
  from: string,
  to: string,
  { cases, density = 1, cards = [] }: ScaleOptions,
): Promise<number> {
  const events: JournalEvent[] = [];
  for await (const event of readJournal(from)) events.push(event);
  const scenarios = scenariosOf(events);
  let at = 0;
  const origin = Date.parse(events[0]?.wall ?? '1970-01-01T00:00:00Z');
  const clock: Clock = {
    rate: 1,
    now: () => at,
    wallTime: () => new Date(origin + at).toISOString(),
    sleep: () => Promise.resolve(),
    after: () => () => undefined,
  };
  const journal = openJournal(to, { clock, cards });
  let written = 0;
  const record = (body: EventBody) => {
    journal.record(body);
    written += 1;
  };
  const start = events.find(({ type }) => type === 'run.start');
  if (start?.type === 'run.start') record({ ...bodyOf(start), scenarios: cases } as EventBody);
  for (let i = 0; i < cases; i++) {
    const original = scenarios[i % scenarios.length] ?? [];
    const id = `${original[0]?.scenario ?? 'S'}-${String(i + 1).padStart(4, '0')}`;
    const kept = new Map<string, string>();
    journal.setScenario(id);
    for (const event of original) {
      at += 3;
      if (event.type === 'artefact') {
        const path = artefactPath(from, event.artefact);
        const ref =
          path === undefined
            ? undefined
            : journal.attach(event.name, event.artefact.mime, own(path, event.artefact, i));
        if (ref) kept.set(event.artefact.id, ref.id);
        written += 1;
        continue;
      }
      const times = REPEATED.has(event.type) ? density : 1;
      for (let n = 0; n < times; n++) record(renamed(event, id, kept));
    }
    journal.setScenario(undefined);
    // Lets the journal bring what it holds to the disk, as the waiting of a real run does.
    await new Promise((turn) => setImmediate(turn));
  }
  const end = events.at(-1);
  if (end?.type === 'run.end') record(bodyOf(end));
  await journal.close();
  return written;
}

function scenariosOf(events: readonly JournalEvent[]): readonly (readonly JournalEvent[])[] {
  const all: JournalEvent[][] = [];
  for (const event of events) {
    if (event.type === 'scenario.start') all.push([]);
    if (event.scenario !== undefined) all.at(-1)?.push(event);
  }
  return all;
}

function bodyOf(event: JournalEvent): EventBody {
  const { n: _, t: __, wall: ___, scenario: ____, ...body } = event;
  return body;
}

function renamed(event: JournalEvent, id: string, kept: ReadonlyMap<string, string>): EventBody {
  const body = bodyOf(event);
  if (body.type === 'scenario.start' || body.type === 'scenario.end') return { ...body, id };
  if (body.type === 'receipt')
    return {
      ...body,
      slip: { ...body.slip, artefacts: body.slip.artefacts.flatMap((name) => kept.get(name) ?? []) },
    };
  if (body.type === 'expectation' && body.paper?.picture !== undefined) {
    const picture = kept.get(body.paper.picture);
    return { ...body, paper: { ...body.paper, ...(picture === undefined ? {} : { picture }) } };
  }
  return body;
}

/** The artefact with something in it that no other scenario's has. */
function own(path: string, { mime }: ArtefactRef, i: number): string | Uint8Array {
  const content = readFileSync(path);
  if (mime === 'image/svg+xml') return `${content.toString('utf8')}<!-- ${i} -->`;
  return mime.startsWith('text/')
    ? `${content.toString('utf8')}\n${i}\n`
    : Buffer.concat([content, Buffer.from(`\n${i}`)]);
}
