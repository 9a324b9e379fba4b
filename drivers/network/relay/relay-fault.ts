import type { RigError } from '../../../rig/model/errors.ts';
import type { EndView, Fault, FaultProof } from '../../../rig/model/fault.ts';
import type { FaultAction } from '../../../rig/model/fault-actions.ts';
import { type PlacedPoint, placePoint } from '../../../rig/model/fault-rules.ts';
import type { DialogueMessage, MessageDirection, MessageKind } from '../../../rig/model/message.ts';
import { parseRate } from '../../../rig/model/rate.ts';
import { parseDuration } from '../../../rig/model/time.ts';
import { isMeant, spanOf } from './fault-point.ts';
import { drawJitter, mulberry32 } from './random.ts';
import { summaryOf } from './summary.ts';

/** One hit of a fault. Confirmed when what was to be handed on was taken by the kernel and what was to be held was held. */
export interface Strike {
  readonly fault: RelayFault;
  readonly connection: string;
  readonly direction: MessageDirection | undefined;
  /** Bytes of the message that it is about; `to` is not included. */
  readonly from: number;
  readonly to: number;
}

/** Actions that stay in force after they struck, until they are healed. */
const STANDING: readonly FaultAction[] = ['cut', 'half-open', 'refuse', 'accept-then-silence', 'fin', 'dns'];

/** Actions that let bytes go at a time. */
const TIMED: readonly FaultAction[] = ['delay', 'stall', 'bandwidth', 'split'];

/** How long reorder and coalesce wait for another message when they are not told, nominal ms. */
const OTHER_MESSAGE_MS = 10_000;

/** The bookkeeping of one fault: what set it off, what it did to bytes, and what can be proved of it. No I/O. */
export class RelayFault {
  readonly id: string;
  readonly fault: Fault;
  readonly point: PlacedPoint;
  /** Length of a delay or stall, nominal ms; longest wait of reorder and coalesce. Undefined: until healed. */
  readonly length: number | undefined;
  /** Bits per nominal second; 0 unless the fault is a bandwidth. */
  readonly rate: number;
  /** Nominal ms between the segments of split. */
  readonly every: number;
  readonly handedOn = { request: 0, response: 0 };
  readonly swallowed = { request: 0, response: 0 };
  /** Ends whose connection the fault ended, and how. */
  readonly ended: { terminal?: EndView['connection']; host?: EndView['connection'] } = {};
  phase: 'asked' | 'armed' | 'healed' = 'asked';
  /** A refusal was seen from outside. */
  confirmed = false;
  /** Set when the fault ends a hold early. */
  readonly releases = new Set<() => void>();
  /** Cancels a heal that is due later. */
  cancelHeal: () => void = () => {};
  heldMs: number | undefined;
  /** The heal under way or done. */
  healing: Promise<void> | undefined;
  cutConnections = 0;
  trouble: string | undefined;
  armedAt: number | undefined;
  confirmedAt: number | undefined;
  firstEffectAt: number | undefined;
  healedAt: number | undefined;
  /** What the fault did, for the summary, when counts do not say it. */
  told: string | undefined;
  strikes = 0;
  /** There has been no connection at all since it was asked for. */
  unvisited: boolean;
  #spent = false;
  #open = 0;
  #settled: (() => void)[] = [];
  readonly #askedAt: number;
  readonly #random: () => number;
  readonly #times: number;
  #seen = 0;
  #spared = 0;
  #first: Strike | undefined;
  #trigger: FaultProof['trigger'];
  #connections: Map<string, number> | undefined;
  /** Whether a message of a type can be one that is meant; at most as many as there are types. */
  readonly #meant = new Map<string, boolean>();
  /** It heals on a message of some kind. */
  readonly healsOnKind: boolean;

  constructor(id: string, fault: Fault, askedAt: number, seed: number, connections: readonly string[]) {
    this.id = id;
    this.fault = fault;
    this.point = placePoint(fault.at) ?? { class: 'connect' };
    const waits = fault.do === 'reorder' || fault.do === 'coalesce';
    this.length = parseDuration(fault.for ?? '') ?? (waits ? OTHER_MESSAGE_MS : undefined);
    this.rate = parseRate(fault.rate ?? '') ?? 0;
    this.every = parseDuration(fault.every ?? '') ?? 0;
    this.healsOnKind = typeof fault.heal === 'object' && 'on' in fault.heal && fault.heal.on !== 'connect';
    this.#askedAt = askedAt;
    this.unvisited = connections.length === 0;
    this.#random = mulberry32(seed);
    this.#times = fault.times === 'always' ? Number.POSITIVE_INFINITY : (fault.times ?? 1);
    if (fault.connection !== undefined) {
      this.#connections = new Map(connections.map((connection, i) => [connection, i + 1]));
    }
  }

  get struck(): boolean {
    return this.strikes > 0;
  }

  /** True while the fault does something to the path. */
  get stands(): boolean {
    return this.phase === 'armed' && this.struck && STANDING.includes(this.fault.do);
  }

  /** True while something may still set it off. */
  get waits(): boolean {
    return this.phase === 'armed' && !this.#spent && this.strikes < this.#times;
  }

  /** It may ever have to do with bytes of this direction. */
  regards(direction: MessageDirection): boolean {
    return this.point.direction === direction || (this.healsOnKind && direction === 'request');
  }

  /** It lets bytes go at a time, or may still do so. */
  get timesBytes(): boolean {
    const busy = this.waits || this.underWay || this.point.class === 'stream';
    return busy && this.phase === 'armed' && TIMED.includes(this.fault.do);
  }

  /** Waits for a message of this direction, so that it has to be held until it can be read. */
  concerns(direction: MessageDirection): boolean {
    const { point } = this;
    return (
      this.waits && (point.class === 'whole' || point.class === 'inside') && point.direction === direction
    );
  }

  /**
   * False when a message has nothing that this fault waits for.
   * @param begins false for a piece that goes on with a message whose beginning has passed
   * @param mti its type, as far as its head says; undefined: not known
   * @param kindsOf what a message of a type can turn out to be
   */
  awaits(
    direction: MessageDirection,
    begins: boolean,
    mti: string | undefined,
    kindsOf: (mti: string) => ReadonlySet<MessageKind>,
  ): boolean {
    const { point } = this;
    if (this.healsOnKind && this.struck && direction === 'request') return true;
    if (point.direction !== direction) return false;
    if (point.class === 'stream') return this.phase === 'armed';
    if (point.class === 'total') return this.waits;
    return begins && this.concerns(direction) && (mti === undefined || this.#couldMean(mti, kindsOf));
  }

  #couldMean(mti: string, kindsOf: (mti: string) => ReadonlySet<MessageKind>): boolean {
    let could = this.#meant.get(mti);
    if (could === undefined) {
      could = [...kindsOf(mti)].some((kind) => isMeant(this.fault, kind));
      this.#meant.set(mti, could);
    }
    return could;
  }

  /** What jitter adds this time, nominal ms. */
  jitter(): number {
    const spread = parseDuration(this.fault.jitter ?? '') ?? 0;
    return drawJitter(spread, this.fault.distribution ?? 'uniform', this.#random);
  }

  /** Counts a new connection, for faults that mean one by its number. */
  countConnection(connection: string): void {
    this.unvisited = false;
    this.#connections?.set(connection, this.#connections.size + 1);
  }

  /** The region is what the fault asks for, and so is the connection. */
  #fits(connection: string, region: string | undefined): boolean {
    const { fault } = this;
    if (fault.region !== undefined && fault.region !== region) return false;
    return fault.connection === undefined || this.#connections?.get(connection) === fault.connection;
  }

  /** Counts an occurrence. True when it is the turn of this one, and chance agrees. */
  #isDue(): boolean {
    this.#seen++;
    if (this.#seen < this.fault.nth) return false;
    if (this.fault.probability === undefined || this.#random() < this.fault.probability) return true;
    this.#spared++;
    return false;
  }

  /**
   * Shows the fault a complete message of `bytes` bytes. Gives the strike when it is struck now. A message that is too
   * short for its byte spends a fault that strikes once: striking at a later message would not be what was asked for.
   */
  meets(
    connection: string,
    region: string | undefined,
    direction: MessageDirection,
    message: DialogueMessage | undefined,
    bytes: number,
    at: number,
  ): Strike | undefined {
    const { fault } = this;
    if (!this.concerns(direction) || !isMeant(fault, message?.kind)) return undefined;
    if (fault.terminal !== undefined && fault.terminal !== message?.terminal) return undefined;
    if (!this.#fits(connection, region) || !this.#isDue()) return undefined;
    this.#trigger ??= {
      kind: message?.kind ?? 'other',
      mti: message?.mti ?? '',
      ...(message?.stan === undefined ? {} : { stan: message.stan }),
      bytes,
      at,
      ordinal: this.#seen,
      connection,
    };
    const span = spanOf(this.point, fault, bytes);
    if (!span) {
      this.#spent = this.#times === 1;
      this.trouble = `the message has only ${bytes} bytes`;
      return undefined;
    }
    return this.#strike(connection, direction, span.from, span.to);
  }

  /** Shows the fault a new connection, a TLS handshake or a close. Gives the strike when it is struck now. */
  meetsEvent(
    what: 'connect' | 'tls' | 'close',
    connection: string,
    region: string | undefined,
    direction?: MessageDirection,
  ): Strike | undefined {
    if (!this.waits || this.point.class !== what) return undefined;
    const { fault } = this;
    const whose = fault.direction ?? 'both';
    if (what === 'close' && whose !== 'both' && whose !== direction) return undefined;
    return this.#fits(connection, region) && this.#isDue()
      ? this.#strike(connection, direction, 0, 0)
      : undefined;
  }

  /** Bytes `from` to `to` of a direction are about to pass; gives the strike when `total(n)` lies among them. */
  meetsTotal(
    connection: string,
    region: string | undefined,
    direction: MessageDirection,
    from: number,
    to: number,
  ): Strike | undefined {
    const { total = 0 } = this.point;
    if (!this.waits || this.point.class !== 'total' || this.point.direction !== direction) return undefined;
    const alters = this.fault.do === 'corrupt' || this.fault.do === 'drop-bytes';
    if (total < from || total > to || (alters && total === to)) return undefined;
    if (!this.#fits(connection, region) || !this.#isDue()) return undefined;
    const length =
      this.fault.do === 'drop-bytes' ? (this.fault.bytes ?? 1) : this.fault.do === 'corrupt' ? 1 : 0;
    return this.#strike(connection, direction, total, total + length);
  }

  /** True for a fault on the whole stream of this direction; it strikes with the first bytes it meets. */
  meetsStream(connection: string, region: string | undefined, direction: MessageDirection): boolean {
    const { point } = this;
    return (
      this.phase === 'armed' &&
      point.class === 'stream' &&
      point.direction === direction &&
      this.#fits(connection, region)
    );
  }

  /** The first bytes of a stream, or a refusal that must stand before the attempt comes. */
  strikeNow(connection: string, direction?: MessageDirection): Strike {
    return this.#strike(connection, direction, 0, 0);
  }

  /** A refused attempt is never seen here: a refusal at `connect` must stand before it comes. */
  mustRefuseNext(): boolean {
    return (
      this.waits &&
      this.fault.do === 'refuse' &&
      this.point.class === 'connect' &&
      this.#seen >= this.fault.nth - 1
    );
  }

  #strike(connection: string, direction: MessageDirection | undefined, from: number, to: number): Strike {
    this.strikes++;
    this.#open++;
    const strike = { fault: this, connection, direction, from, to };
    this.#first ??= strike;
    return strike;
  }

  /** A strike has done all it was to do; `trouble` says why that is not certain. Once for each strike. */
  settle(trouble?: string): void {
    if (trouble !== undefined) this.trouble ??= trouble;
    this.#open--;
    if (this.#open === 0) for (const done of this.#settled.splice(0)) done();
  }

  /** Resolves when no strike is under way any more. */
  settled(): Promise<void> {
    return this.#open === 0 ? Promise.resolve() : new Promise((resolve) => this.#settled.push(resolve));
  }

  /** A strike is still at work. */
  get underWay(): boolean {
    return this.#open > 0;
  }

  fail(error: RigError): void {
    this.trouble = error.message;
  }

  /** Why it did not strike, as far as it is known. */
  get spared(): string | undefined {
    if (this.trouble !== undefined) return this.trouble;
    if (this.#spared === 0) return undefined;
    return `chance (${this.fault.probability}) spared all ${this.#spared} that came`;
  }

  #state(): FaultProof['state'] {
    if (!this.struck) return 'not-in-force';
    if (this.trouble !== undefined || this.#open > 0) return 'unknown';
    if (this.fault.do === 'refuse') return this.confirmed ? 'in-force' : 'unknown';
    return 'in-force';
  }

  #end(end: 'terminal' | 'host'): EndView {
    const [out, back] =
      end === 'terminal' ? (['request', 'response'] as const) : (['response', 'request'] as const);
    return {
      sent: this.handedOn[out] + this.swallowed[out],
      received: this.handedOn[back],
      connection: this.ended[end] ?? 'open',
    };
  }

  proof(): FaultProof {
    const known = <K extends string, V>(key: K, value: V | undefined) =>
      (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
    const first = this.#first;
    return {
      id: this.id,
      fault: this.fault,
      state: this.#state(),
      layer: 'relay',
      askedAt: this.#askedAt,
      ...known('armedAt', this.armedAt),
      ...known('confirmedAt', this.confirmedAt),
      ...known('trigger', this.#trigger),
      strikes: this.strikes,
      ...known('span', this.#trigger && first ? { from: first.from, to: first.to } : undefined),
      ...known('heldMs', this.heldMs),
      ...known('firstEffectAt', this.firstEffectAt),
      handedOn: { ...this.handedOn },
      swallowed: { ...this.swallowed },
      ...(this.struck ? { ends: { terminal: this.#end('terminal'), host: this.#end('host') } } : {}),
      // The kernel refuses on a port where nothing listens, and tells nobody.
      refusedConnections: 0,
      ...known('healedAt', this.healedAt),
      summary: summaryOf(this, this.#trigger, this.#seen),
    };
  }
}
