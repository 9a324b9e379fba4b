import { z } from 'zod';
import { FLAGS, readSegment, resetFor, resetInsteadOf, type Segment } from './ip.ts';
import { type Departure, Link } from './link.ts';
import { LinkProfile } from './profile.ts';

export type PacketDirection = 'request' | 'response';

/** Something that stands until it is taken back and is done to the packets that it is about. */
export const PacketOrder = z.strictObject({
  id: z.string().min(1).max(60),
  direction: z.enum(['request', 'response', 'both']).default('both'),
  only: z
    .strictObject({ address: z.string().max(45), port: z.int().min(1).max(65_535) })
    .optional()
    .describe("one connection, by its terminal's end"),
  what: z
    .enum(['drop', 'reset', 'link'])
    .describe(
      'drop: all of them vanish · reset: the next segment with payload vanishes, and both ends get an RST instead · ' +
        'link: they go over one more link',
    ),
  link: LinkProfile.optional(),
  which: z
    .enum(['all', 'handshake', 'first'])
    .default('all')
    .describe(
      'handshake: the first SYN of each connection and its answer · first: the next segment with payload',
    ),
  seed: z.int().min(0).max(0xffff_ffff).default(1),
});
export type PacketOrder = z.infer<typeof PacketOrder>;
export type PacketOrderInput = z.input<typeof PacketOrder>;

/** An order as it stands: a handle is never given twice, so one with the same handle never went away. */
export interface StandingOrder {
  readonly comment: string;
  readonly handle: number;
  /** Packets that it changed the fate of: lost, late, doubled, damaged, overtaking, or answered with an RST. */
  readonly packets: number;
  readonly bytes: number;
}

/** What became of one packet. */
export interface Fate {
  readonly departures: readonly Departure[];
  /** What goes back to its sender. */
  readonly back?: Uint8Array;
}

/** Connections whose handshake was met that are remembered; the oldest is forgotten first. */
const MOST_HANDSHAKES = 4096;

class Standing {
  readonly order: PacketOrder;
  readonly handle: number;
  readonly #links: Readonly<Record<PacketDirection, Link>> | undefined;
  readonly #met = new Set<string>();
  #spent = false;
  #packets = 0;
  #bytes = 0;

  constructor(order: PacketOrder, handle: number) {
    this.order = order;
    this.handle = handle;
    const { link, seed } = order;
    this.#links = link && {
      request: new Link(link, seed),
      response: new Link(link, Math.imul(seed, 0x9e37_79b1) ^ 1),
    };
  }

  get listed(): StandingOrder {
    return { comment: this.order.id, handle: this.handle, packets: this.#packets, bytes: this.#bytes };
  }

  /** Undefined when this packet is none of its business. */
  judge(packet: Departure, segment: Segment | undefined, direction: PacketDirection): Fate | undefined {
    if (this.#spent || !this.#means(segment, direction)) return undefined;
    const { what, which } = this.order;
    const fate = what === 'link' ? this.#carry(packet, direction) : this.#end(packet, what);
    if (which === 'first' || what === 'reset') this.#spent = true;
    return fate;
  }

  #means(segment: Segment | undefined, direction: PacketDirection): boolean {
    const { only, which, what } = this.order;
    if (this.order.direction !== 'both' && this.order.direction !== direction) return false;
    if (only === undefined && which === 'all' && what !== 'reset') return true;
    if (!segment) return false;
    const [address, port] =
      direction === 'request'
        ? [segment.source, segment.sourcePort]
        : [segment.destination, segment.destinationPort];
    if (only !== undefined && (address !== only.address || port !== only.port)) return false;
    if (which === 'handshake') return this.#isFirstOf(`${direction} ${address} ${port}`, segment);
    return (which !== 'first' && what !== 'reset') || segment.length > segment.payloadAt;
  }

  #isFirstOf(key: string, { flags }: Segment): boolean {
    if ((flags & FLAGS.syn) === 0 || this.#met.has(key)) return false;
    const [oldest] = this.#met;
    if (this.#met.size >= MOST_HANDSHAKES && oldest !== undefined) this.#met.delete(oldest);
    this.#met.add(key);
    return true;
  }

  #count(bytes: Uint8Array): void {
    this.#packets++;
    this.#bytes += bytes.length;
  }

  #carry(packet: Departure, direction: PacketDirection): Fate | undefined {
    const link = this.#links?.[direction];
    if (!link) return undefined;
    const before = harmed(link);
    const departures = link.carry(packet.bytes, packet.at);
    const late = departures.some(({ at }) => at > packet.at);
    if (late || harmed(link) > before) this.#count(packet.bytes);
    return { departures };
  }

  #end({ at, bytes }: Departure, what: 'drop' | 'reset'): Fate {
    this.#count(bytes);
    if (what === 'drop') return { departures: [] };
    const [on, back] = [resetInsteadOf(bytes), resetFor(bytes)];
    return { departures: on ? [{ at, bytes: on }] : [], ...(back ? { back } : {}) };
  }
}

const harmed = ({ counts }: Link): number =>
  counts.lost + counts.queueFull + counts.tooLarge + counts.reordered + counts.duplicated + counts.corrupted;

/**
 * The orders that stand, in the order in which they were given: each packet passes all of them, one link behind the other.
 * No I/O. Every order has its chance from a seed of its own, so that one does not change what another does.
 */
export class Orders {
  readonly #standing = new Map<string, Standing>();
  #handle = 0;

  get size(): number {
    return this.#standing.size;
  }

  /** One with the same id takes the place of the former. */
  add(order: PacketOrder): void {
    this.#standing.set(order.id, new Standing(order, ++this.#handle));
  }

  remove(id: string): void {
    this.#standing.delete(id);
  }

  get listed(): readonly StandingOrder[] {
    return [...this.#standing.values()].map(({ listed }) => listed);
  }

  /** @param now ms of the caller's clock */
  carry(bytes: Uint8Array, direction: PacketDirection, now: number): Fate {
    let departures: readonly Departure[] = [{ at: now, bytes }];
    if (this.#standing.size === 0) return { departures };
    const segment = readSegment(bytes);
    let back: Uint8Array | undefined;
    for (const standing of this.#standing.values()) {
      const next: Departure[] = [];
      for (const packet of departures) {
        const fate = standing.judge(packet, segment, direction);
        next.push(...(fate?.departures ?? [packet]));
        back ??= fate?.back;
      }
      departures = next;
    }
    return { departures, ...(back ? { back } : {}) };
  }
}
