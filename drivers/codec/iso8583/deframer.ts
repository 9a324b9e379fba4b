import { isRigError, RigError } from '../../../rig/model/errors.ts';
import { concat } from './bytes.ts';
import type { Dialect } from './dialect.ts';
import { measure } from './measure.ts';
import { readLength } from './prefix.ts';

/**
 * Cuts a byte stream into frames, however it arrives: split, coalesced, one byte at a time. One for each connection and
 * direction. Holds at most one frame of the dialect's maximum; a length header that announces more, or is none, ends it
 * for good (`damage`), since nothing behind it can be trusted. In a dialect without length header a frame ends with its
 * last field.
 */
export class Deframer {
  private readonly dialect: Dialect;
  private held: Uint8Array = new Uint8Array();
  private consumed = 0;
  private broken: RigError | undefined;

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  /** Frames that `chunk` completes, each with its length header, as copies. Never throws. */
  push(chunk: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    if (this.broken) return frames;
    let rest = this.held.length > 0 ? concat([this.held, chunk]) : chunk;
    while (rest.length > 0) {
      const size = this.sizeOf(rest);
      if (this.broken) return frames;
      if (size === undefined || size > rest.length) break;
      frames.push(rest.slice(0, size));
      this.consumed += size;
      rest = rest.subarray(size);
    }
    this.held = rest.slice();
    return frames;
  }

  /** Whole frames of the stream that were recognised without it, between two frames: so many bytes. */
  skip(bytes: number): void {
    this.consumed += bytes;
  }

  /** Bytes of the frame that has begun; 0 between frames. */
  get pending(): number {
    return this.held.length;
  }

  /**
   * Bytes that the frame which has begun will have, length header included; undefined until its length is known, and
   * always in a dialect without length header.
   */
  get expected(): number | undefined {
    return this.broken || !this.dialect.frame.length ? undefined : this.sizeOf(this.held);
  }

  /** Why no more frames come out: CODEC_FRAME with the offset in the stream. */
  get damage(): RigError | undefined {
    return this.broken;
  }

  /** Size of the frame at the start of `bytes`, length header included; undefined while it cannot be known. */
  private sizeOf(bytes: Uint8Array): number | undefined {
    const { length, max } = this.dialect.frame;
    if (!length) return this.measured(bytes);
    if (bytes.length < length.bytes) return undefined;
    const announced = readLength(bytes, 0, length.bytes, length.encoding);
    const payload = announced - (length['counts-itself'] ? length.bytes : 0);
    if (announced >= 0 && payload >= 0 && payload <= max) return length.bytes + payload;
    return this.damaged(
      announced < 0
        ? `expected a length in ${length.encoding}`
        : `a frame of ${announced} bytes is announced; ${this.dialect.id} allows ${max}`,
    );
  }

  private measured(bytes: Uint8Array): number | undefined {
    try {
      const size = measure(this.dialect, bytes);
      if (size === undefined && bytes.length > this.dialect.frame.max) {
        return this.damaged(`no frame ends within the ${this.dialect.frame.max} bytes that it may have`);
      }
      return size;
    } catch (thrown) {
      if (!isRigError(thrown)) throw thrown;
      return this.damaged(thrown.message);
    }
  }

  private damaged(what: string): undefined {
    this.held = new Uint8Array();
    this.broken = new RigError('CODEC_FRAME', 'terminal', `the stream at offset ${this.consumed}: ${what}`, {
      hint: 'Check that both ends use the same length header, and close the connection.',
    });
    return undefined;
  }
}
