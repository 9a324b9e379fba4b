import type { Duplex } from 'node:stream';
import { Course } from './course.ts';
import type { DelayLine } from './delay-line.ts';
import { Delivery } from './delivery.ts';
import type { FlowHost, Swallower, Taken } from './flow-host.ts';
import { Gate } from './gate.ts';
import type { Hold } from './holding.ts';
import { planMessage } from './plan.ts';
import type { Strike } from './relay-fault.ts';
import type { Piece, Splitter } from './splitter.ts';
import { StreamShape } from './stream-shape.ts';

/** Bytes that may wait for a slow receiver before the sender is told to pause. */
const HIGH_WATER = 64 * 1024;

export interface FlowSetup {
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
 * One direction of one connection. Bytes flow through as they come; only a message that a fault may mean, as far as its
 * head says, is held until it is complete and the faults have seen it. What is no message of the dialect flows through as
 * it is.
 */
export class Flow {
  readonly #host: FlowHost;
  readonly #source: Duplex;
  readonly #line: DelayLine;
  readonly #splitter: Splitter;
  readonly #shape: StreamShape;
  readonly #course: Course;
  readonly #gate: Gate;
  #delays: () => number;
  #queue: Piece[] = [];
  #next = 0;
  #closing: 'end' | 'reset' | undefined;
  #closed = false;
  #swallowedBy: Swallower | undefined;
  #holds = 0;
  #over = false;
  #handshake: number;
  #damageTold = false;
  #passed = 0;
  /** When the bytes came that are taken up in this turn, nominal ms. */
  #arrived: number | undefined;
  total = 0;

  constructor(setup: FlowSetup, host: FlowHost) {
    this.#host = host;
    this.#source = setup.source;
    this.#line = setup.line;
    this.#splitter = setup.splitter;
    this.#delays = setup.delays;
    this.#handshake = setup.handshake;
    this.#shape = new StreamShape(host, setup.line);
    const steps = {
      direction: host.direction,
      now: () => host.now(),
      arrived: () => this.#arrived ?? host.now(),
      after: (ms: number, act: () => void) => host.after(ms, act),
      act: (strike: Strike, since?: number) => host.act(strike, since),
      pass: (bytes: Uint8Array, fate: Taken | undefined) => this.#pass(bytes, fate),
      passOn: (bytes: Uint8Array) => this.#passOn(bytes),
      leftOut: (bytes: Uint8Array) => host.swallowed(bytes),
      holdFor: (until: Hold, then: () => void) => this.#holdFor(until, then),
      isSwallowed: () => this.#swallowedBy !== undefined,
      isOver: () => this.#over,
    };
    this.#course = new Course(steps);
    this.#gate = new Gate(steps, host, this.#course, setup.longest);
  }

  /** Bytes from the source. */
  receive(chunk: Uint8Array): void {
    this.total += chunk.length;
    const free =
      this.#holds === 0 &&
      this.#swallowedBy === undefined &&
      this.#next === this.#queue.length &&
      this.#gate.isOpen;
    // The usual case: nothing asks for these bytes, so they are handed on first and looked at afterwards.
    if (free && this.#host.quiet()) {
      const written = this.#handOn(chunk);
      this.#tellAll(chunk, this.#splitter.push(chunk), written);
      return;
    }
    this.#arrived = this.#host.now();
    const pieces = this.#splitter.push(chunk);
    if (free && this.#allPass(pieces)) {
      this.#arrived = undefined;
      this.#tellAll(chunk, pieces, this.#handOn(chunk));
      return;
    }
    for (const piece of pieces) this.#queue.push(piece);
    this.#pump();
    this.#arrived = undefined;
    this.throttle();
  }

  /** Faults are armed, and none of them waits for any of this. */
  #allPass(pieces: readonly Piece[]): boolean {
    for (const { goesOn, bytes } of pieces) if (!this.#host.passes(goesOn ? undefined : bytes)) return false;
    return true;
  }

  /** True when the bytes were written in this turn, and are to be told of; else the line tells of them. */
  #handOn(chunk: Uint8Array): boolean {
    this.#passed += chunk.length;
    const delay = this.#delay();
    const written = delay === 0 && this.#line.writeNow(chunk);
    if (!written) this.#line.carry(chunk, delay);
    if (this.#line.waiting > HIGH_WATER) this.throttle();
    return written;
  }

  #tellAll(chunk: Uint8Array, pieces: readonly Piece[], written: boolean): void {
    if (written && pieces.length === 1 && pieces[0]?.frame === chunk) {
      this.#host.crossed(chunk);
      return;
    }
    if (written) this.#host.handedOn(chunk);
    for (const { frame } of pieces) if (frame) this.#host.passed(frame, undefined);
    if (this.#splitter.damage !== undefined) this.#tellDamage();
  }

  /** The source has closed: `end` politely, `reset` by an RST or an error. Handed on in order, unless cut. */
  close(how: 'end' | 'reset'): void {
    if (this.#closing === 'reset' || this.#closed) return;
    this.#closing = how;
    this.#pump();
  }

  /** Holds everything until `until` is over. */
  hold(until: Hold): void {
    this.#holdFor(until, () => {});
  }

  /** From now on nothing of this direction crosses. What was held or still on its way is swallowed too. */
  swallow(fault: Swallower, options: { readonly keepOnItsWay: boolean }): void {
    if (this.#swallowedBy) return;
    this.#swallowedBy = fault;
    if (!options.keepOnItsWay) fault.swallowed[this.#host.direction] += this.#line.drop();
  }

  /** Closes the way out, behind what is on it. Nothing of this direction crosses afterwards. */
  endBehind(how: 'end' | 'reset', done?: Taken): void {
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
    this.#gate.destroy();
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
      const stall = this.#next < this.#queue.length ? this.#host.stall() : undefined;
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
      this.#gate.letGo();
      this.#passOn(piece.bytes);
      return;
    }
    if (this.#gate.isHolding || (!piece.goesOn && !this.#swallowedBy && this.#gate.isWanted)) {
      this.#gate.take(piece);
      return;
    }
    this.#passOn(piece.bytes);
    if (piece.frame) this.#tell(piece.frame);
  }

  #tell(frame: Uint8Array): void {
    const note = this.#swallowedBy ? 'not delivered: the path is cut' : undefined;
    if (!this.#host.listens()) {
      this.#host.passed(frame, note);
      return;
    }
    const message = this.#host.decode(frame);
    if (message) this.#host.heard(message, frame.length, note);
  }

  #holdFor(until: Hold, then: () => void): void {
    this.#holds++;
    this.throttle();
    until.whenOver(() => {
      this.#holds--;
      then();
      this.#goOn();
    });
  }

  #goOn(): void {
    if (this.#holds > 0 || this.#over) return;
    this.#pump();
    if (!this.#over) this.throttle();
  }

  /** Bytes of the stream, with the faults that wait for one of them by its number in the stream. */
  #passOn(bytes: Uint8Array): void {
    const from = this.#passed;
    const strikes = this.#swallowedBy ? [] : this.#host.judgeTotal(from, from + bytes.length);
    if (strikes.length === 0) {
      this.#pass(bytes, undefined);
      return;
    }
    // A stream has no message behind which something could wait: the piece is planned as if it were one.
    const within = strikes.map((strike) => ({ ...strike, from: strike.from - from, to: strike.to - from }));
    const delivery = new Delivery(within, this.#host.direction);
    this.#course.run(planMessage(bytes, within), delivery, this.#host.now());
  }

  #pass(bytes: Uint8Array, fate: Taken | undefined): void {
    if (bytes.length === 0) {
      fate?.(true);
      return;
    }
    if (this.#swallowedBy) {
      this.#swallowedBy.swallowed[this.#host.direction] += bytes.length;
      this.#host.swallowed(bytes);
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

  #handOnClose(): void {
    const how = this.#closing;
    if (how === undefined) return;
    this.#gate.letGo();
    if (!this.#gate.isOpen) {
      this.#gate.letAsideGo('its sender closed before another message came');
      if (this.#holds > 0) return;
    }
    this.#closing = undefined;
    this.#closed = true;
    if (this.#swallowedBy) return;
    void this.#closeBy(how);
  }

  /** A close is an event like a message: faults may hold it, swallow it, or make another of it. */
  async #closeBy(how: 'end' | 'reset'): Promise<void> {
    const strikes = this.#host.judgeClose();
    for (const strike of strikes) {
      this.#course.effect(strike.fault);
      const since = this.#host.now();
      const waited = this.#host.act(strike);
      if (waited) await waited.over();
      strike.fault.heldMs ??= this.#host.now() - since;
      strike.fault.settle();
    }
    if (!this.#swallowedBy && !this.#over) this.#line.close(how, this.#delays());
  }

  #tellDamage(): void {
    if (!this.#damageTold) this.#host.note(`not a dialogue of the dialect: ${this.#splitter.damage}`);
    this.#damageTold = true;
  }
}
