import type { EventOf } from '../../rig/model/event.ts';
import type { FaultProof } from '../../rig/model/fault.ts';
import type { DialogueMessage } from '../../rig/model/message.ts';
import { formatMoney } from '../../rig/model/money.ts';
import { isTillFault } from '../../rig/model/till-fault.ts';
import { faultLook, hitOf } from '../fault-looks.ts';
import type { ScenarioView, Stamp, Stamped } from '../model.ts';
import { term } from '../terms.ts';
import type { Language } from '../words.ts';

/** One message of the dialogue, put together from all places where it was seen. */
export interface Exchanged {
  readonly message: DialogueMessage;
  readonly bytes: number;
  /** First seen. */
  readonly at: Stamp;
  readonly seenOnPath: boolean;
  readonly seenAtHost: boolean;
  readonly checks: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  /** The fault that this message set off. */
  fault?: FaultProof;
  /** False when the message is known not to have reached its end whole. */
  delivered: boolean;
}

const keyOf = ({ direction, kind, mti, stan, code }: DialogueMessage) =>
  [direction, kind, mti, stan, code].join('|');

/**
 * The messages of a scenario in order. The same message seen on the path and at the host is one: a request is seen on
 * the path first, a response at the host first. Without an observer on the path nothing is known to be lost there.
 */
export function dialogueOf(scenario: ScenarioView): readonly Exchanged[] {
  const onPath = scenario.messages.some(({ plane }) => plane === 'network');
  const atHost = scenario.messages.some(({ plane }) => plane === 'host');
  const dialogue: Exchanged[] = [];
  const waiting = new Map<string, Exchanged[]>();
  for (const seen of scenario.messages) {
    const twin = waiting.get(keyOf(seen.message))?.find((other) => !sees(other, seen.plane));
    if (twin) Object.assign(twin, merged(twin, seen));
    else {
      const fresh = first(seen, onPath, atHost);
      dialogue.push(fresh);
      waiting.set(keyOf(fresh.message), [...(waiting.get(keyOf(fresh.message)) ?? []), fresh]);
    }
  }
  for (const { proof } of scenario.faults.values()) if (!isTillFault(proof)) blameFor(dialogue, proof);
  return dialogue;
}

const sees = (exchanged: Exchanged, plane: 'network' | 'host') =>
  plane === 'network' ? exchanged.seenOnPath : exchanged.seenAtHost;

function first(seen: Stamped<EventOf<'message'>>, onPath: boolean, atHost: boolean): Exchanged {
  const request = seen.message.direction === 'request';
  return {
    message: seen.message,
    bytes: seen.bytes,
    at: seen.at,
    seenOnPath: seen.plane === 'network',
    seenAtHost: seen.plane === 'host',
    checks: seen.checks ?? {},
    notes: seen.note ? [seen.note] : [],
    // Until its other end sees it: a request is there once the host has it, a response once it passed the path.
    delivered:
      !isLost(seen) && (request ? seen.plane === 'host' || !atHost : seen.plane === 'network' || !onPath),
  };
}

function merged(known: Exchanged, seen: Stamped<EventOf<'message'>>): Partial<Exchanged> {
  return {
    seenOnPath: known.seenOnPath || seen.plane === 'network',
    seenAtHost: known.seenAtHost || seen.plane === 'host',
    checks: { ...known.checks, ...seen.checks },
    notes: seen.note && !known.notes.includes(seen.note) ? [...known.notes, seen.note] : known.notes,
    delivered: !isLost(seen) && !known.notes.some((note) => note.startsWith(NOT_DELIVERED)),
  };
}

/** How the path notes a message that it did not let through whole. */
const NOT_DELIVERED = 'not delivered';
const isLost = ({ note }: EventOf<'message'>): boolean => note?.startsWith(NOT_DELIVERED) ?? false;

/** Marks the message that set a fault off; one that ends at a byte before its last did not arrive. */
function blameFor(dialogue: readonly Exchanged[], proof: FaultProof): void {
  const { trigger } = proof;
  if (!trigger) return;
  const struck = dialogue.find(
    ({ message, fault }) =>
      !fault &&
      message.mti === trigger.mti &&
      (trigger.stan === undefined || message.stan === trigger.stan) &&
      proof.fault.at.startsWith(message.direction),
  );
  if (!struck) return;
  struck.fault = proof;
  const hit = hitOf(proof);
  if (faultLook(proof.fault.do).effect === 'lost' && hit && hit.byte < hit.of) struck.delivered = false;
}

/** What a message is about: `sale`, `reversal of sale`. */
export function kindOf({ kind, of }: DialogueMessage, lang: Language): string {
  if (!of) return term(kind, lang);
  return lang === 'zh' ? `${term(of, lang)}${term(kind, lang)}` : `${kind} of ${of}`;
}

/** `0200 sale CNY 128.50 #000002` or `0210 code 00 #000002`. */
export function labelOf({ message }: Exchanged, lang: Language): string {
  const { direction, mti, amount, stan, code } = message;
  const what =
    direction === 'response' && code
      ? `${term('code', lang)} ${code}`
      : `${kindOf(message, lang)}${direction === 'request' && amount ? ` ${formatMoney(amount)}` : ''}`;
  return [mti, what, stan ? `#${stan}` : ''].filter(Boolean).join(' ');
}
