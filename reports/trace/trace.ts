import { readJournal } from '../../rig/journal/read.ts';
import { RigError } from '../../rig/model/errors.ts';
import type { JournalEvent } from '../../rig/model/event.ts';
import { readPictures } from '../certificate/figures.ts';
import { anchor } from '../certificate/parts.ts';
import type { ArtefactView } from '../model.ts';
import { LANES, type Lane, labelOf, laneOf, type Tone, toneOf } from './labels.ts';

/** One event as the page holds it; the names are short because there may be tens of thousands. */
export interface TraceEvent {
  /** Nominal ms since the scenario began. */
  readonly t: number;
  /** Index of its lane. */
  readonly l: number;
  /** In a few words. */
  readonly s: string;
  readonly tone?: Tone;
  /** The event as the journal has it. */
  readonly e: JournalEvent;
}

/** What the page is made from. */
export interface Trace {
  readonly id: string;
  readonly attempt: number;
  readonly title: string;
  readonly verdict: string;
  readonly reason: string;
  readonly lanes: readonly Lane[];
  readonly events: readonly TraceEvent[];
  /** Pictures by artefact id, as data URLs. */
  readonly pictures: Readonly<Record<string, string>>;
  /** Spans in which a fault was in force, nominal ms since the scenario began; without an end it never healed. */
  readonly faults: readonly { readonly from: number; readonly to?: number; readonly s: string }[];
}

/** Where a report has the trace of an attempt, relative to it. */
export const tracePath = (id: string, attempt: number): string =>
  `traces/${anchor(id.slice(0, 80), attempt).slice(2)}.html`;

/**
 * One scenario of a run with all its events. `attempt` counts from 1; the last one when absent. Throws USAGE when the run
 * has no such scenario or attempt, and what `readJournal` throws.
 */
export async function readTrace(folder: string, id: string, attempt?: number): Promise<Trace> {
  const attempts: JournalEvent[][] = [];
  const ids = new Set<string>();
  const artefacts = new Map<string, ArtefactView>();
  let open: JournalEvent[] | undefined;
  for await (const event of readJournal(folder)) {
    if (event.type === 'scenario.start') {
      ids.add(event.id);
      if (event.id === id) {
        open = [];
        attempts.push(open);
      }
    }
    if (event.type === 'artefact')
      artefacts.set(event.artefact.id, { name: event.name, ref: event.artefact });
    open?.push(event);
    if (event.type === 'scenario.end') open = undefined;
  }
  const events = attempt === undefined ? attempts.at(-1) : attempts[attempt - 1];
  if (!events) {
    const what = attempts.length > 0 ? `attempt ${attempt} at ${id}` : `scenario ${id}`;
    throw new RigError('USAGE', 'file', `the run has no ${what}`, {
      hint:
        attempts.length > 0
          ? `It has ${attempts.length} attempts.`
          : `It has: ${[...ids].slice(0, 20).join(', ')}${ids.size > 20 ? ' …' : ''}`,
    });
  }
  return traceOf(folder, id, attempt ?? attempts.length, events, artefacts);
}

/** The trace of an attempt from its events, in order. */
export function traceOf(
  folder: string,
  id: string,
  attempt: number,
  events: readonly JournalEvent[],
  artefacts: ReadonlyMap<string, ArtefactView>,
): Trace {
  const origin = events[0]?.t ?? 0;
  const start = events.find((event) => event.type === 'scenario.start');
  const end = events.find((event) => event.type === 'scenario.end');
  const present = LANES.filter((lane) => events.some((event) => laneOf(event) === lane));
  const wanted = new Set(events.flatMap((event) => (event.type === 'receipt' ? event.slip.artefacts : [])));
  const shown = [...wanted].flatMap((name) => artefacts.get(name) ?? []);
  const pictures = Object.fromEntries(readPictures(folder, shown));
  return {
    id,
    attempt,
    title: start?.title.en ?? '',
    verdict: end?.verdict ?? 'broken',
    reason: end ? (end.reason ?? '') : 'The journal ends before this scenario did.',
    lanes: present,
    events: events.map((event) => {
      const tone = toneOf(event);
      return {
        t: event.t - origin,
        l: present.indexOf(laneOf(event)),
        s: labelOf(event),
        ...(tone ? { tone } : {}),
        e: event,
      };
    }),
    pictures,
    faults: faultSpans(events, origin),
  };
}

function faultSpans(events: readonly JournalEvent[], origin: number): Trace['faults'] {
  const spans = new Map<string, { from: number; to?: number; s: string }>();
  for (const event of events) {
    if (event.type !== 'fault') continue;
    const { id, fault } = event.proof;
    if (event.phase === 'struck' && !spans.has(id))
      spans.set(id, { from: event.t - origin, s: `${fault.do} @ ${fault.at}` });
    const span = spans.get(id);
    if (span && span.to === undefined && (event.phase === 'healed' || event.phase === 'closed'))
      span.to = event.t - origin;
  }
  return [...spans.values()];
}
