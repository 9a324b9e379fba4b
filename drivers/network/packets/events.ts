import { FLAGS, readSegment, resetFor, type Segment } from './ip.ts';
import type { PacketDirection } from './orders.ts';
import type { PacketEvent } from './profile.ts';

export type { PacketDirection };

/** What events make of a packet: whether it goes on, and what goes back to its sender. */
export interface Verdict {
  readonly passes: boolean;
  readonly back?: Uint8Array;
  /** Index of the event that struck now. */
  readonly struck?: number;
}

/** Connections remembered at a time; a terminal has a handful. The oldest is forgotten first. */
const MOST_CONNECTIONS = 4096;

interface Connection {
  /** How often each event was met. */
  readonly met: number[];
  cut: 'both' | PacketDirection | undefined;
}

const keyOf = (
  { source, sourcePort, destination, destinationPort }: Segment,
  direction: PacketDirection,
): string =>
  direction === 'request'
    ? `${source}:${sourcePort}>${destination}:${destinationPort}`
    : `${destination}:${destinationPort}>${source}:${sourcePort}`;

/**
 * Events on the wire, decided packet by packet in the moment a packet passes: nothing has to be noticed and reacted to. A
 * retransmission is a packet too and is counted like any other.
 */
export class PacketEvents {
  readonly #events: readonly PacketEvent[];
  readonly #connections = new Map<string, Connection>();

  constructor(events: readonly PacketEvent[]) {
    this.#events = events;
  }

  judge(bytes: Uint8Array, direction: PacketDirection): Verdict {
    if (this.#events.length === 0) return { passes: true };
    const segment = readSegment(bytes);
    if (!segment) return { passes: true };
    const connection = this.#connection(segment, direction);
    if (connection.cut === 'both' || connection.cut === direction) return { passes: false };
    for (const [index, event] of this.#events.entries()) {
      if (!fits(event, bytes, segment, direction)) continue;
      const met = (connection.met[index] ?? 0) + 1;
      connection.met[index] = met;
      if (met === event.when.nth) return strike(event, index, connection, bytes, direction);
    }
    return { passes: true };
  }

  #connection(segment: Segment, direction: PacketDirection): Connection {
    const key = keyOf(segment, direction);
    const isNew = (segment.flags & (FLAGS.syn | FLAGS.ack)) === FLAGS.syn;
    const found =
      isNew && this.#connections.get(key)?.cut === undefined ? undefined : this.#connections.get(key);
    if (found) return found;
    const [oldest] = this.#connections.keys();
    if (this.#connections.size >= MOST_CONNECTIONS && oldest !== undefined) this.#connections.delete(oldest);
    const connection: Connection = { met: [], cut: undefined };
    this.#connections.set(key, connection);
    return connection;
  }
}

function fits(
  { when }: PacketEvent,
  bytes: Uint8Array,
  segment: Segment,
  direction: PacketDirection,
): boolean {
  if (when.direction !== direction) return false;
  if (when.flag !== undefined && (segment.flags & FLAGS[when.flag]) === 0) return false;
  if (when.payload === undefined) return when.flag !== undefined || segment.length > segment.payloadAt;
  const from = segment.payloadAt + when.offset;
  const wanted = when.payload.length / 2;
  if (from + wanted > segment.length) return false;
  return (
    Buffer.from(bytes.buffer, bytes.byteOffset + from, wanted).toString('hex') === when.payload.toLowerCase()
  );
}

function strike(
  event: PacketEvent,
  index: number,
  connection: Connection,
  bytes: Uint8Array,
  direction: PacketDirection,
): Verdict {
  switch (event.do) {
    case 'cut':
      connection.cut = 'both';
      return { passes: false, struck: index };
    case 'cut-back':
      connection.cut = direction === 'request' ? 'response' : 'request';
      return { passes: true, struck: index };
    case 'reset': {
      const back = resetFor(bytes);
      return { passes: false, struck: index, ...(back ? { back } : {}) };
    }
    default:
      return { passes: false, struck: index };
  }
}
