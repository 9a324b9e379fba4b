import { RigError, toRigError } from '../../../rig/model/errors.ts';
import type { Fault } from '../../../rig/model/fault.ts';
import type { FaultAction } from '../../../rig/model/fault-actions.ts';
import { faultIssues, placePoint } from '../../../rig/model/fault-rules.ts';
import type { MessageDirection } from '../../../rig/model/message.ts';
import { parseRate } from '../../../rig/model/rate.ts';
import { parseDuration } from '../../../rig/model/time.ts';
import { refuseBy } from '../kernel/checks.ts';
import { type EnforcedRule, type Enforcer, standsAtOnce } from '../kernel/enforcer.ts';
import type { ConnectionEnds } from '../kernel/packet-rules.ts';
import type { PacketEngine } from './engine.ts';
import type { PacketOrderInput } from './orders.ts';

/** How late packets are that others overtake, unless the fault says how long, nominal ms. */
const OVERTAKEN_MS = 60;

type Order = Omit<PacketOrderInput, 'id' | 'seed'>;

/** What the packet engine does, and where: on the stream from now on, at a message, or at the handshake. */
const PACKET_ACTIONS: Readonly<Partial<Record<FaultAction, readonly ('stream' | 'message' | 'connect')[]>>> =
  {
    cut: ['message', 'connect'],
    stall: ['message', 'stream'],
    reset: ['message'],
    'withhold-ack': ['message'],
    delay: ['stream', 'message', 'connect'],
    bandwidth: ['stream'],
    loss: ['stream'],
    mtu: ['stream'],
    corrupt: ['stream', 'message'],
    duplicate: ['stream', 'message'],
    reorder: ['stream'],
  };

const WHERE = { stream: 'on a stream', message: 'at a message', connect: 'at connect' } as const;

/** The fault meets the connection of its message only; all others meet every connection of the terminal. */
function isOfOneConnection({ do: action, at }: Fault): boolean {
  const point = placePoint(at)?.class;
  return point !== 'stream' && point !== 'connect' && action !== 'cut';
}

/** Why the packet engine can do nothing of a fault or could never be shown to; undefined when it can. */
export function unableInPackets(fault: Fault): string | undefined {
  try {
    checkPacketFault(fault);
    return undefined;
  } catch (error) {
    return toRigError(error).message;
  }
}

/** @throws NETWORK_FAULT: blame file for a fault that makes no sense, bench for one that the engine cannot do */
export function checkPacketFault(fault: Fault): void {
  const broken = faultIssues(fault)[0];
  if (broken)
    throw new RigError('NETWORK_FAULT', 'file', broken.message, { hint: `Expected ${broken.expected}.` });
  const cannot = (what: string, hint: string): never => refuseBy('packet', what, hint);
  const places =
    PACKET_ACTIONS[fault.do] ??
    cannot(`do ${fault.do}`, `It does ${Object.keys(PACKET_ACTIONS).join(', ')}.`);
  const point = placePoint(fault.at);
  const place = point?.class === 'stream' ? 'stream' : point?.class === 'connect' ? 'connect' : 'message';
  if (!places.includes(place) || point?.class === 'close' || point?.class === 'tls')
    cannot(
      `${fault.do} at ${fault.at}`,
      `It does ${places.map((name) => WHERE[name]).join(', ')}; the relay does others.`,
    );
  if (fault.do === 'withhold-ack' && point?.direction === 'request')
    cannot(
      'withhold the acknowledgement of a request: it is sent before any program has read the request',
      'Use response.leaving.',
    );
  if (fault.do === 'reset' && fault.end !== undefined && fault.end !== 'both')
    cannot(`reset only the ${fault.end}`, 'Leave `end` out, or let the relay do it (layer: relay).');
  if (fault.times !== undefined && fault.times !== 1)
    cannot('strike more than once', 'Use a stream (`at: response`), or layer: relay.');
  if (fault.copies !== undefined && fault.copies > 1) cannot('make several copies', 'Use layer: relay.');
  if (fault.do === 'corrupt' && fault.bit !== undefined)
    cannot('choose the bit: its seed does', 'Leave `bit` out, or use layer: relay.');
  if (place === 'connect' && fault.nth > 1)
    cannot('wait for a later connection', 'Use a point of a message, or layer: relay.');
  const { probability, region, connection } = fault;
  if (place !== 'message' && (probability ?? region ?? connection) !== undefined)
    cannot('tell messages of a stream apart', 'Leave out what says which, or use a point of a message.');
  if (fault.do === 'cut' && typeof fault.heal === 'object' && 'on' in fault.heal)
    cannot(
      'heal this on an event: nothing of the terminal arrives to tell of it',
      'Heal it after a time, or with the next step.',
    );
}

/**
 * The order by which the engine does a fault.
 * @param rate nominal seconds per wall second: the engine works in wall time
 */
export function orderOf(fault: Fault, ends: ConnectionEnds | undefined, rate: number): Order {
  const point = placePoint(fault.at);
  const towards: MessageDirection = point?.direction ?? 'request';
  const only = ends ? { only: ends.terminal } : {};
  const wall = (text: string | undefined, otherwise = 0) =>
    (text === undefined ? otherwise : (parseDuration(text) ?? 0)) / rate;
  const oneLink = (link: NonNullable<Order['link']>): Order => ({
    what: 'link',
    direction: towards,
    link,
    ...only,
    ...(point?.class === 'stream' ? {} : { which: 'first' }),
  });
  const share = point?.class === 'stream' ? (fault.share ?? 0) : 100;
  switch (fault.do) {
    case 'withhold-ack':
      return { what: 'drop', direction: 'request', ...only };
    case 'reset':
      return { what: 'reset', direction: towards, ...only };
    case 'delay': {
      const link = {
        delay: wall(fault.for),
        jitter: wall(fault.jitter),
        ...(fault.distribution ? { distribution: fault.distribution } : {}),
      };
      return point?.class === 'connect'
        ? { what: 'link', direction: 'request', which: 'handshake', link }
        : oneLink(link);
    }
    case 'loss':
      return oneLink({ loss: share, ...((fault.burst ?? 1) > 1 ? { burst: fault.burst } : {}) });
    case 'mtu':
      return oneLink({ mtu: Math.max(68, fault.bytes ?? 1500) });
    case 'bandwidth':
      return oneLink({ rate: Math.max(1, (parseRate(fault.rate ?? '') ?? 8) * rate) });
    case 'corrupt':
      return oneLink({ corrupt: share });
    case 'duplicate':
      return oneLink({ duplicate: share });
    case 'reorder':
      return oneLink({ reorder: share, delay: wall(fault.for, OVERTAKEN_MS) });
    default:
      return { what: 'drop', direction: fault.direction ?? 'both', ...only };
  }
}

/** FNV-1a (public domain), 32 bits. */
function hash(text: string): number {
  let value = 0x811c_9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x0100_0193);
  return value >>> 0;
}

/** Faults by orders to the packet engine. */
export class EngineEnforcer implements Enforcer {
  readonly layer = 'packet';
  readonly where = 'in the packet engine';
  readonly #engine: PacketEngine;
  readonly #rate: number;
  readonly #seed: number;
  /** How often each fault was asked for. */
  readonly #asked = new Map<string, number>();

  /** @param rate nominal seconds per wall second @param seed of the run; each fault has chances of its own from it */
  constructor(engine: PacketEngine, rate: number, seed: number) {
    this.#engine = engine;
    this.#rate = rate;
    this.#seed = seed;
  }

  check(fault: Fault): void {
    checkPacketFault(fault);
  }

  isAtOnce(fault: Fault): boolean {
    return standsAtOnce(fault);
  }

  isOfOneConnection(fault: Fault): boolean {
    return isOfOneConnection(fault);
  }

  async enforce(id: string, fault: Fault, ends: ConnectionEnds | undefined): Promise<readonly number[]> {
    const seed = this.#seedOf(fault);
    const standing = await this.#engine.add({ id, seed, ...orderOf(fault, ends, this.#rate) });
    const handles = standing.filter(({ comment }) => comment === id).map(({ handle }) => handle);
    if (handles.length === 0)
      throw new RigError('NETWORK_KERNEL', 'bench', `the packet engine has no order for ${id}`);
    return handles;
  }

  /**
   * The same fault has the same chances in every run with the same seed, whatever else is run before it; the second time
   * it is asked for in a run, others.
   */
  #seedOf(fault: Fault): number {
    const text = JSON.stringify(fault);
    const times = (this.#asked.get(text) ?? 0) + 1;
    this.#asked.set(text, times);
    return hash(`${this.#seed} ${times} ${text}`);
  }

  read(): Promise<readonly EnforcedRule[] | undefined> {
    return this.#engine.standing();
  }

  async lift(id: string): Promise<readonly EnforcedRule[]> {
    const before = await this.#engine.standing();
    await this.#engine.remove(id).catch(() => []);
    return before ?? [];
  }
}
