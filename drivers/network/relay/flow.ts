import type { Duplex } from 'node:stream';
import type { DialogueMessage, MessageDirection } from '../../../rig/model/message.ts';
import type { DelayLine } from './delay-line.ts';
import { Delivery } from './delivery.ts';
import { concat, type Op, planMessage } from './plan.ts';
import type { RelayFault, Strike } from './relay-fault.ts';
import type { Piece, Splitter } from './splitter.ts';
import { StreamShape } from './stream-shape.ts';

/** What a flow asks of the connection and the relay around it. */
export interface FlowHost {
  now(): number;
  after(ms: number, act: () => void): () => void;
  /** No fault has anything to do with this direction: bytes may pass before anybody looks at them. */
  quiet(direction: MessageDirection): boolean;
  /** True when an armed fault waits for a message of this direction. */
  concerns(direction: MessageDirection): boolean;
  /** Shows a complete, held message to the faults. */
  judge(
    direction: MessageDirection,
    message: DialogueMessage | undefined,
    bytes: number,
    aside: boolean,
  ): readonly Strike[];
  /** Shows bytes `from` to `to` of the direction to faults that wait for one of them. */
  judgeTotal(direction: MessageDirection, from: number, to: number): readonly Strike[];
  judgeClose(direction: MessageDirection): readonly Strike[];
  /** A fault that lets the whole stream stand still, the first time that it is met here: until when. */
  stall(direction: MessageDirection): Promise<void> | undefined;
  /** Faults on the whole stream of this direction. */
  standing(direction: MessageDirection): readonly RelayFault[];
  /** Does what the strike does to path or connection; what comes back is waited for. Ends may be swallowed afterwards. */
  act(strike: Strike, direction: MessageDirection): Promise<void> | undefined;
  decode(frame: Uint8Array): DialogueMessage | undefined;
  recordMessage(message: DialogueMessage, bytes: number, note: string | undefined): void;
  recordSwallowed(direction: MessageDirection, bytes: Uint8Array): void;
  recordNote(text: string): void;
}

/** Bytes that may wait for a slow receiver before the sender is told to pause. */
const HIGH_WATER = 64 * 1024;

/** Who is to be told of bytes that do not cross. */
export interface Swallower {
  readonly id: string;
  readonly swallowed: { request: number; response: number };
}

/** A message that waits for another one. */
interface Aside {
  readonly strike: Strike;
  readonly ops: readonly Op[];
  readonly delivery: Delivery;
  readonly cancel: () => void;
}

export interface FlowSetup {
  readonly direction: MessageDirection;
  readonly source: Duplex;
  readonly line: DelayLine;
  readonly splitter: Splitter;
  /** Longest message that may be held, bytes. */
  readonly longest: number;
  readonly delays: () => number;
  /** Nominal ms that the first bytes wait in addition, for the handshake that a relay cannot delay. */
  readonly handshake: number;
}

/**
 * One direction of one connection. Bytes flow through as they come; only a message that begins while a fault waits for
 * this direction is held until it is complete and the faults have seen it. What is no message of the dialect flows
 * through as it is.
 */
export class Flow {
  readonly #direction: MessageDirection;
  readonly #host: FlowHost;
  readonly #source: Duplex;
  readonly #line: DelayLine;
  readonly #splitter: Splitter;
  readonly #longest: number;
  readonly #shape: StreamShape;
  #delays: () => number;
  #queue: Piece[] = [];
  #next = 0;
  #closing: 'end' | 'reset' | undefined;
  #closed = false;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #heldSince: number | undefined;
  #aside: Aside | undefined;
  #swallowedBy: Swallower | undefined;
  #holds = 0;
  #over = false;
  #handshake: number;
  #damageTold = false;
  #passed = 0;
  total = 0;

  constructor(setup: FlowSetup, host: FlowHost) {
    this.#direction = setup.direction;
    this.#host = host;
    this.#source = setup.source;
    this.#line = setup.line;
    this.#splitter = setup.splitter;
    this.#longest = setup.longest;
    this.#delays = setup.delays;
    this.#handshake = setup.handshake;
    this.#shape = new StreamShape(setup.direction, host, setup.line);
  }

  /** Bytes from the source. */
  receive(chunk: Uint8Array): void {
    this.total += chunk.length;
    if (this.#unheard(chunk)) return;
    for (const piece of this.#splitter.push(chunk)) this.#queue.push(piece);
    this.#pump();
    this.throttle();
  }

  /** The usual case: nothing asks for these bytes, so they are handed on first and looked at afterwards. */
  #unheard(chunk: Uint8Array): boolean {
    if (
      this.#holds > 0 ||
      this.#swallowedBy !== undefined ||
      this.#next < this.#queue.length ||
      this.#heldSince !== undefined ||
      this.#aside !== undefined ||
      !this.#host.quiet(this.#direction)
    )
      return false;
    this.#passed += chunk.length;
    this.#line.carry(chunk, this.#delay());
    if (this.#line.waiting > HIGH_WATER) this.throttle();
    for (const piece of this.#splitter.push(chunk)) if (piece.frame) this.#tell(piece.frame, undefined);
    if (this.#splitter.damage !== undefined) this.#tellDamage();
    return true;
  }

  /** The source has closed: `end` politely, `reset` by an RST or an error. Handed on in order, unless cut. */
  close(how: 'end' | 'reset'): void {
    if (this.#closing === 'reset' || this.#closed) return;
    this.#closing = how;
    this.#pump();
  }

  /** Holds everything until `until` resolves. */
  hold(until: Promise<void>): void {
    this.#holds++;
    this.throttle();
    void until.then(() => this.#goOn());
  }

  /** From now on nothing of this direction crosses. What was held or still on its way is swallowed too. */
  swallow(fault: Swallower, options: { readonly keepOnItsWay: boolean }): void {
    if (this.#swallowedBy) return;
    this.#swallowedBy = fault;
    if (!options.keepOnItsWay) fault.swallowed[this.#direction] += this.#line.drop();
  }

  /** Closes the way out, behind what is on it. Nothing of this direction crosses afterwards. */
  endBehind(how: 'end' | 'reset', done?: (taken: boolean) => void): void {
    this.#line.close(how, 0, done);
  }

  /** Other figures from the next bytes on, as after a handover. */
  move(delays: () => number): void {
    this.#delays = delays;
  }

  /** Nothing is done any more; timers end. */
  destroy(): void {
    if (this.#over) return;
    this.#over = true;
    this.#queue = [];
    this.#next = 0;
    this.#dropAside('the connection ended before another message came');
    this.#line.drop();
  }

  /** Pauses or resumes the source: a slow receiver slows the sender down, as on a wire. */
  throttle(): void {
    const wait = this.#holds > 0 || (!this.#swallowedBy && this.#line.waiting > HIGH_WATER);
    if (wait !== this.#source.isPaused()) {
      if (wait) this.#source.pause();
      else this.#source.resume();
    }
  }

  #pump(): void {
    while (this.#holds === 0 && !this.#over) {
      const stall = this.#next < this.#queue.length ? this.#host.stall(this.#direction) : undefined;
      if (stall) {
        this.hold(stall);
        break;
      }
      const piece = this.#queue[this.#next++];
      if (!piece) {
        this.#queue = [];
        this.#next = 0;
        break;
      }
      this.#take(piece);
    }
    if (this.#holds === 0 && !this.#over && this.#queue.length === 0 && this.#closing) this.#handOnClose();
  }

  #take(piece: Piece): void {
    if (this.#splitter.damage !== undefined && !piece.completes) {
      this.#tellDamage();
      this.#letGo();
      this.#passOn(piece.bytes);
      return;
    }
    if (!piece.goesOn && !this.#swallowedBy && (this.#aside || this.#host.concerns(this.#direction))) {
      this.#heldSince = this.#host.now();
    }
    if (this.#heldSince === undefined) {
      this.#passOn(piece.bytes);
      if (piece.frame)
        this.#tell(piece.frame, this.#swallowedBy ? 'not delivered: the path is cut' : undefined);
      return;
    }
    this.#held.push(piece.bytes);
    this.#heldBytes += piece.bytes.length;
    if (piece.completes) this.#gate(piece.frame, this.#heldSince);
    else if (this.#heldBytes > this.#longest) this.#letGo();
  }

  /** The gate: a complete message, nothing of it handed on. */
  #gate(frame: Uint8Array | undefined, since: number): void {
    const wire = concat(this.#held);
    this.#forgetHeld();
    const message = frame && this.#host.decode(frame);
    const aside = this.#aside;
    const strikes = this.#swallowedBy
      ? []
      : this.#host.judge(this.#direction, message, wire.length, aside !== undefined);
    if (message) this.#host.recordMessage(message, wire.length, this.#noteOn(strikes, wire.length));
    const ops = planMessage(wire, strikes);
    const delivery = new Delivery(strikes, this.#direction);
    const waits = strikes.find(({ fault }) => fault.fault.do === 'reorder' || fault.fault.do === 'coalesce');
    if (waits && isCopied(waits, strikes)) {
      this.#asOne(ops, delivery, since);
    } else if (waits) {
      this.#setAside(waits, ops, delivery, since);
    } else if (aside) {
      this.#aside = undefined;
      aside.cancel();
      aside.strike.fault.heldMs = this.#host.now() - since;
      if (aside.strike.fault.fault.do === 'coalesce') this.#together(aside, ops, delivery, since);
      else
        this.#carryOut(ops, 0, delivery, since, () =>
          this.#carryOut(aside.ops, 0, aside.delivery, since, () => {}),
        );
    } else {
      this.#carryOut(ops, 0, delivery, since, () => {});
    }
  }

  #noteOn(strikes: readonly Strike[], bytes: number): string | undefined {
    if (this.#swallowedBy) return `not delivered: 0 of ${bytes} bytes handed on`;
    const ends = strikes.find(({ fault }) => ENDING.includes(fault.fault.do));
    if (ends) return `not delivered: ${ends.from} of ${bytes} bytes handed on`;
    return strikes.length === 0
      ? undefined
      : strikes.map(({ fault }) => `${fault.id}: ${fault.fault.do}`).join(', ');
  }

  /** A message that is coalesced with its own copies waits for nobody. */
  #asOne(ops: readonly Op[], delivery: Delivery, since: number): void {
    if (ops.some(({ do: what }) => what !== 'emit')) delivery.doubt('another fault kept the copies apart');
    const bytes = concat(ops.flatMap((op) => (op.do === 'emit' ? [op.bytes] : [])));
    this.#carryOut([{ do: 'emit', bytes, offset: 0 }], 0, delivery, since, () => {});
  }

  #setAside(strike: Strike, ops: readonly Op[], delivery: Delivery, since: number): void {
    const { fault } = strike;
    const letGo = () => {
      if (this.#aside?.strike !== strike) return;
      this.#aside = undefined;
      fault.releases.delete(letGo);
      fault.heldMs = this.#host.now() - since;
      delivery.doubt(`no other message came while it waited`);
      this.#carryOut(ops, 0, delivery, since, () => {});
    };
    const cancel = this.#host.after(fault.length ?? 0, letGo);
    fault.releases.add(letGo);
    this.#aside = {
      strike,
      ops,
      delivery,
      cancel: () => {
        cancel();
        fault.releases.delete(letGo);
      },
    };
  }

  /** Both messages in one write. */
  #together(aside: Aside, ops: readonly Op[], delivery: Delivery, since: number): void {
    const bytes = (row: readonly Op[]) => concat(row.flatMap((op) => (op.do === 'emit' ? [op.bytes] : [])));
    if (ops.some(({ do: what }) => what !== 'emit') || aside.ops.some(({ do: what }) => what !== 'emit')) {
      aside.delivery.doubt('another fault kept the two messages apart');
      this.#carryOut(aside.ops, 0, aside.delivery, since, () =>
        this.#carryOut(ops, 0, delivery, since, () => {}),
      );
      return;
    }
    const [first, second] = [bytes(aside.ops), bytes(ops)];
    const fates = [this.#fateIn(aside.delivery, first.length), this.#fateIn(delivery, second.length)];
    this.#effect(aside.strike.fault);
    this.#pass(concat([first, second]), (taken) => {
      for (const fate of fates) fate?.(taken);
    });
    aside.delivery.planned();
    delivery.planned();
  }

  #carryOut(ops: readonly Op[], from: number, delivery: Delivery, since: number, then: () => void): void {
    for (let i = from; i < ops.length; i++) {
      const op = ops[i];
      if (!op || this.#over) break;
      const waited = this.#do(op, delivery, since);
      if (!waited) continue;
      this.#holds++;
      this.throttle();
      void waited.then(() => {
        this.#holds--;
        this.#carryOut(ops, i + 1, delivery, since, then);
        this.#goOn(0);
      });
      return;
    }
    if (this.#over && from < ops.length) delivery.ended();
    else delivery.judgePace(this.#host.now());
    delivery.planned();
    then();
  }

  #do(op: Op, delivery: Delivery, since: number): Promise<void> | undefined {
    switch (op.do) {
      case 'emit':
        for (const { fault, from } of delivery.strikes) if (op.offset >= from) this.#effect(fault);
        this.#pass(op.bytes, this.#fateIn(delivery, op.bytes.length));
        return undefined;
      case 'leave-out':
        this.#effect(op.strike.fault);
        op.strike.fault.swallowed[this.#direction] += op.bytes.length;
        this.#host.recordSwallowed(this.#direction, op.bytes);
        return undefined;
      case 'pace': {
        const wait = delivery.pace(op.ms, this.#host.now());
        return wait <= 0 ? undefined : new Promise((resolve) => void this.#host.after(wait, resolve));
      }
      case 'act': {
        const { fault } = op.strike;
        this.#effect(fault);
        fault.heldMs ??= this.#host.now() - since;
        const began = this.#host.now();
        return this.#host.act(op.strike, this.#direction)?.then(() => {
          delivery.paceAnew();
          fault.heldMs = this.#host.now() - (fault.fault.do === 'stall' ? began : since);
        });
      }
    }
  }

  /** What is swallowed is what a fault wants: nothing of it was to be handed on. */
  #fateIn(delivery: Delivery, bytes: number): ((taken: boolean) => void) | undefined {
    return this.#swallowedBy || delivery.strikes.length === 0 ? undefined : delivery.expect(bytes);
  }

  #effect(fault: RelayFault): void {
    fault.firstEffectAt ??= this.#host.now();
  }

  #goOn(done = 1): void {
    this.#holds -= done;
    if (this.#holds > 0 || this.#over) return;
    this.#pump();
    if (!this.#over) this.throttle();
  }

  /** Bytes of the stream, with the faults that wait for one of them by its number in the stream. */
  #passOn(bytes: Uint8Array): void {
    const from = this.#passed;
    const strikes = this.#swallowedBy
      ? []
      : this.#host.judgeTotal(this.#direction, from, from + bytes.length);
    if (strikes.length === 0) {
      this.#pass(bytes, undefined);
      return;
    }
    // A stream has no message behind which something could wait: the piece is planned as if it were one.
    const within = strikes.map((strike) => ({ ...strike, from: strike.from - from, to: strike.to - from }));
    const delivery = new Delivery(within, this.#direction);
    this.#carryOut(planMessage(bytes, within), 0, delivery, this.#host.now(), () => {});
  }

  #pass(bytes: Uint8Array, fate: ((taken: boolean) => void) | undefined): void {
    if (bytes.length === 0) {
      fate?.(true);
      return;
    }
    if (this.#swallowedBy) {
      this.#swallowedBy.swallowed[this.#direction] += bytes.length;
      this.#host.recordSwallowed(this.#direction, bytes);
      return;
    }
    this.#passed += bytes.length;
    this.#shape.carry(bytes, this.#delay(), fate);
  }

  #delay(): number {
    const delay = this.#delays() + this.#handshake;
    this.#handshake = 0;
    return delay;
  }

  /** Bytes held of a message that will never be complete go on their way. */
  #letGo(): void {
    const held = this.#held;
    this.#forgetHeld();
    for (const bytes of held) this.#passOn(bytes);
  }

  #forgetHeld(): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#heldSince = undefined;
  }

  #dropAside(why: string): void {
    const aside = this.#aside;
    this.#aside = undefined;
    aside?.cancel();
    aside?.delivery.doubt(why);
    aside?.delivery.planned();
  }

  #handOnClose(): void {
    const how = this.#closing;
    if (how === undefined) return;
    this.#letGo();
    const aside = this.#aside;
    if (aside) {
      this.#aside = undefined;
      aside.cancel();
      aside.delivery.doubt('its sender closed before another message came');
      this.#carryOut(aside.ops, 0, aside.delivery, this.#host.now(), () => {});
      if (this.#holds > 0) return;
    }
    this.#closing = undefined;
    this.#closed = true;
    if (this.#swallowedBy) return;
    void this.#closeBy(how);
  }

  /** A close is an event like a message: faults may hold it, swallow it, or make another of it. */
  async #closeBy(how: 'end' | 'reset'): Promise<void> {
    const strikes = this.#host.judgeClose(this.#direction);
    for (const strike of strikes) {
      this.#effect(strike.fault);
      const since = this.#host.now();
      const waited = this.#host.act(strike, this.#direction);
      if (waited) await waited;
      strike.fault.heldMs ??= this.#host.now() - since;
      strike.fault.settle();
    }
    if (!this.#swallowedBy && !this.#over) this.#line.close(how, this.#delays());
  }

  #tell(frame: Uint8Array, note: string | undefined): void {
    const message = this.#host.decode(frame);
    if (message) this.#host.recordMessage(message, frame.length, note);
  }

  #tellDamage(): void {
    if (!this.#damageTold) this.#host.recordNote(`not a dialogue of the dialect: ${this.#splitter.damage}`);
    this.#damageTold = true;
  }
}

const isCopied = (waits: Strike, strikes: readonly Strike[]): boolean =>
  waits.fault.fault.do === 'coalesce' && strikes.some(({ fault }) => fault.fault.do === 'duplicate');

/** After these nothing of the message crosses any more. */
const ENDING: readonly string[] = ['cut', 'reset', 'fin', 'half-open'];
