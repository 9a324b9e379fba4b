import type { Socket } from 'node:net';
import type { DialogueMessage, MessageDirection } from '../../../rig/model/message.ts';
import { Deframer, type Dialect, decodeMessage, toDialogueMessage } from '../../codec/iso8583/index.ts';
import type { DelayLine } from './delay-line.ts';
import type { RelayFault } from './relay-fault.ts';

/** What happens to a message at the gate: behind its first `at` bytes it is held for a while, or the path is cut. */
export type Deed =
  | {
      readonly at: number;
      readonly fault: RelayFault;
      readonly do: 'hold';
      readonly until: () => Promise<void>;
    }
  | { readonly at: number; readonly fault: RelayFault; readonly do: 'cut' };

/** What a flow asks of the relay around it. */
export interface FlowHost {
  now(): number;
  /** True when an armed fault waits for a message of this direction. */
  concerns(direction: MessageDirection): boolean;
  /** Shows a complete, held message to the faults; deeds come back in the order of their bytes. */
  judge(direction: MessageDirection, message: DialogueMessage | undefined, bytes: number): readonly Deed[];
  /** Puts a cut in force on all connections; afterwards this flow is cut as well. */
  cut(fault: RelayFault): void;
  /** Writes down a message, and how much of it did not cross. */
  recordMessage(message: DialogueMessage, bytes: number, note: string | undefined): void;
  recordSwallowed(direction: MessageDirection, bytes: Uint8Array): void;
  recordNote(text: string): void;
}

/** A piece of the stream: part of one frame, with the frame if the piece completes it. */
interface Piece {
  readonly bytes: Uint8Array;
  /** Bytes of the same frame came before. */
  readonly goesOn: boolean;
  readonly frame: Uint8Array | undefined;
}

/** Bytes that may wait for a slow receiver before the sender is told to pause. */
const HIGH_WATER = 64 * 1024;

/**
 * One direction of one connection. Bytes flow through as they come; only a message that begins while a fault waits for
 * this direction is held until it is complete and the faults have seen it. What is no message of the dialect flows
 * through as it is.
 */
export class Flow {
  readonly #direction: MessageDirection;
  readonly #dialect: Dialect | undefined;
  readonly #host: FlowHost;
  readonly #source: Socket;
  readonly #line: DelayLine;
  readonly #delays: () => number;
  /** Without a dialect there are no messages, only bytes. */
  readonly #deframer: Deframer | undefined;
  readonly #queue: Piece[] = [];
  #closing: 'end' | 'reset' | undefined;
  #held: Uint8Array[] = [];
  #heldSince: number | undefined;
  #cutBy: RelayFault | undefined;
  #busy = false;
  #over = false;
  #handshake: number;
  #damageTold = false;
  total = 0;

  /** @param handshake nominal ms that the first bytes wait in addition, for the handshake that a relay cannot delay */
  constructor(
    direction: MessageDirection,
    dialect: Dialect | undefined,
    host: FlowHost,
    source: Socket,
    line: DelayLine,
    delays: () => number,
    handshake: number,
  ) {
    this.#direction = direction;
    this.#dialect = dialect;
    this.#host = host;
    this.#source = source;
    this.#line = line;
    this.#delays = delays;
    this.#handshake = handshake;
    this.#deframer = dialect && new Deframer(dialect);
  }

  /** Bytes from the source. */
  receive(chunk: Uint8Array): void {
    this.total += chunk.length;
    this.#queue.push(...this.#split(chunk));
    this.#pump();
    this.throttle();
  }

  /** The source has closed: `end` politely, `reset` by an RST or an error. Handed on in order, unless cut. */
  close(how: 'end' | 'reset'): void {
    if (this.#closing === 'reset') return;
    this.#closing = how;
    this.#pump();
  }

  /** Holds everything until `until` resolves. */
  hold(until: Promise<void>): void {
    this.#busy = true;
    this.throttle();
    void until.then(() => this.#goOn());
  }

  /** From now on nothing of this direction crosses. What was held or still on its way is swallowed too. */
  cut(fault: RelayFault, options: { readonly keepOnItsWay: boolean }): void {
    if (this.#cutBy) return;
    this.#cutBy = fault;
    if (!options.keepOnItsWay) fault.swallowed[this.#direction] += this.#line.drop();
  }

  /** Nothing is done any more; timers end. */
  destroy(): void {
    this.#over = true;
    this.#queue.length = 0;
    this.#line.drop();
  }

  /** Pauses or resumes the source: a slow receiver slows the sender down, as on a wire. */
  throttle(): void {
    const wait = this.#busy || (!this.#cutBy && this.#line.waiting > HIGH_WATER);
    if (wait !== this.#source.isPaused()) {
      if (wait) this.#source.pause();
      else this.#source.resume();
    }
  }

  #split(chunk: Uint8Array): Piece[] {
    const deframer = this.#deframer;
    if (!deframer) return [{ bytes: chunk, goesOn: false, frame: undefined }];
    const pieces: Piece[] = [];
    let before = deframer.pending;
    let offset = 0;
    for (const frame of deframer.push(chunk)) {
      const bytes = chunk.subarray(offset, offset + frame.length - before);
      pieces.push({ bytes, goesOn: before > 0, frame });
      offset += bytes.length;
      before = 0;
    }
    if (offset < chunk.length) {
      pieces.push({ bytes: chunk.subarray(offset), goesOn: before > 0, frame: undefined });
    }
    return pieces;
  }

  #pump(): void {
    while (!this.#busy && !this.#over) {
      const piece = this.#queue.shift();
      if (!piece) break;
      this.#take(piece);
    }
    if (!this.#busy && !this.#over && this.#queue.length === 0 && this.#closing) this.#handOnClose();
  }

  #take(piece: Piece): void {
    const damage = this.#deframer?.damage;
    if (damage && !piece.frame) {
      if (!this.#damageTold)
        this.#host.recordNote(`not a dialogue of ${this.#dialect?.id}: ${damage.message}`);
      this.#damageTold = true;
      this.#letGo();
      this.#pass(piece.bytes);
      return;
    }
    if (this.#deframer && !piece.goesOn && !this.#cutBy && this.#host.concerns(this.#direction)) {
      this.#heldSince = this.#host.now();
    }
    if (this.#heldSince === undefined) {
      this.#pass(piece.bytes);
      if (piece.frame) this.#tell(piece.frame, this.#cutBy ? 'not delivered: the path is cut' : undefined);
      return;
    }
    this.#held.push(piece.bytes);
    if (piece.frame) this.#gate(piece.frame, this.#heldSince);
  }

  /** The gate: a complete message, nothing of it handed on. */
  #gate(frame: Uint8Array, since: number): void {
    this.#held = [];
    this.#heldSince = undefined;
    const message = this.#read(frame);
    const deeds = this.#cutBy ? [] : [...this.#host.judge(this.#direction, message, frame.length)];
    const faults = deeds.map((deed) => deed.fault);
    const cut = deeds.find((deed) => deed.do === 'cut');
    const lost = this.#cutBy ? 0 : cut?.at;
    if (message) {
      const note =
        lost === undefined
          ? deeds.map((deed) => `${deed.fault.id}: ${deed.fault.fault.do}`)[0]
          : `not delivered: ${lost} of ${frame.length} bytes handed on`;
      this.#host.recordMessage(message, frame.length, note);
    }
    this.#carryOut(frame, 0, deeds, faults, since);
  }

  #carryOut(
    frame: Uint8Array,
    done: number,
    [deed, ...rest]: readonly Deed[],
    faults: readonly RelayFault[],
    since: number,
  ): void {
    if (this.#over) return;
    if (!deed) {
      this.#pass(frame.subarray(done), faults);
      if (this.#busy) this.#goOn();
      return;
    }
    this.#pass(frame.subarray(done, deed.at), faults);
    if (deed.do === 'cut') {
      deed.fault.heldMs = this.#host.now() - since;
      this.#host.cut(deed.fault);
      this.#carryOut(frame, deed.at, rest, faults, since);
      return;
    }
    this.#busy = true;
    void deed.until().then(() => {
      deed.fault.heldMs = this.#host.now() - since;
      this.#carryOut(frame, deed.at, rest, faults, since);
    });
  }

  #goOn(): void {
    this.#busy = false;
    this.#pump();
    if (!this.#over) this.throttle();
  }

  #pass(bytes: Uint8Array, faults: readonly RelayFault[] = []): void {
    if (bytes.length === 0) return;
    if (this.#cutBy) {
      this.#cutBy.swallowed[this.#direction] += bytes.length;
      this.#host.recordSwallowed(this.#direction, bytes);
      return;
    }
    const delay = this.#delays() + this.#handshake;
    this.#handshake = 0;
    this.#line.carry(bytes, delay, (taken) => {
      for (const fault of faults) fault.countHandedOn(this.#direction, bytes.length, taken);
    });
  }

  /** Bytes held of a message that will never be complete go on their way. */
  #letGo(): void {
    for (const bytes of this.#held.splice(0)) this.#pass(bytes);
    this.#heldSince = undefined;
  }

  #handOnClose(): void {
    this.#letGo();
    if (this.#closing && !this.#cutBy) this.#line.close(this.#closing, this.#delays());
    this.#closing = undefined;
  }

  #tell(frame: Uint8Array, note: string | undefined): void {
    const message = this.#read(frame);
    if (message) this.#host.recordMessage(message, frame.length, note);
  }

  #read(frame: Uint8Array): DialogueMessage | undefined {
    const dialect = this.#dialect;
    if (!dialect) return undefined;
    try {
      return toDialogueMessage(dialect, decodeMessage(dialect, frame));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#host.recordNote(`a frame of ${frame.length} bytes does not decode: ${reason}`);
      return undefined;
    }
  }
}
