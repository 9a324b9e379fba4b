import { isRigError } from '../../../rig/model/errors.ts';
import { type DecodedMessage, type Dialect, decodeMessage } from '../../codec/iso8583/index.ts';
import {
  type FramedDirection,
  type Framing,
  type Unframed,
  type Unframer,
  unframer,
} from '../wire/framing.ts';

/** Frames in a row that do not decode before nothing more is tried: the stream is encrypted, or of another dialect. */
const MOST_BAD_FRAMES = 8;

export interface Listener {
  /** A message that passed. */
  heard(message: DecodedMessage): void;
  /** Bytes passed that cannot be read. `deaf`: and nothing behind them will be. */
  unread(why: string, deaf: boolean): void;
}

/**
 * Listens beside one direction of one connection. It is given bytes that have passed already, holds at most one frame,
 * and never throws: whatever it cannot read is told and forgotten.
 */
export class Ear {
  readonly #dialect: Dialect;
  readonly #unframer: Unframer;
  readonly #listener: Listener;
  #bad = 0;
  #deaf = false;

  constructor(dialect: Dialect, framing: Framing, direction: FramedDirection, listener: Listener) {
    this.#dialect = dialect;
    this.#unframer = unframer(framing, direction, dialect);
    this.#listener = listener;
  }

  /** Nothing is read any more. */
  get deaf(): boolean {
    return this.#deaf;
  }

  listen(chunk: Uint8Array): void {
    if (this.#deaf) return;
    for (const found of this.#unframer.push(chunk)) this.#take(found);
    const { damage } = this.#unframer;
    if (damage !== undefined) this.#giveUp(damage);
  }

  /** The direction was closed. What is unfinished never arrived as a message: worth a word, but nothing is missing. */
  ended(): string | undefined {
    if (this.#deaf) return undefined;
    const [left] = this.#unframer.end();
    if (left && 'frame' in left) this.#take(left);
    return left && 'trouble' in left ? left.trouble : undefined;
  }

  #take(found: Unframed): void {
    if (this.#deaf) return;
    if ('trouble' in found) {
      this.#unreadable(found.trouble);
      return;
    }
    let message: DecodedMessage;
    try {
      message = decodeMessage(this.#dialect, found.frame);
    } catch (thrown) {
      // The decoder throws nothing but its own errors; whatever it is, the path must not feel it.
      this.#unreadable(isRigError(thrown) ? thrown.message : `the decoder failed: ${String(thrown)}`);
      return;
    }
    this.#bad = 0;
    this.#listener.heard(message);
  }

  #unreadable(why: string): void {
    this.#bad++;
    if (this.#bad >= MOST_BAD_FRAMES) this.#giveUp(`${why}, and so the ${this.#bad - 1} before it`);
    else this.#listener.unread(why, false);
  }

  #giveUp(why: string): void {
    if (this.#deaf) return;
    this.#deaf = true;
    this.#listener.unread(why, true);
  }
}
