import { RigError } from '../../../rig/model/errors.ts';
import { concat } from './bytes.ts';
import type { Dialect } from './dialect.ts';
import { readLength } from './prefix.ts';

/**
 * Cuts a byte stream into frames, however it arrives: split, coalesced, one byte at a time. One for each connection and
 * direction. Holds at most one frame of the dialect's maximum; a length header that announces more, or is none, ends it
 * for good (`damage`), since nothing behind it can be trusted.
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
    const { encoding, bytes: size, 'counts-itself': self } = this.dialect.frame.length;
    let rest = this.held.length > 0 ? concat([this.held, chunk]) : chunk;
    while (rest.length >= size) {
      const announced = readLength(rest.subarray(0, size), encoding);
      const payload = announced === undefined ? -1 : announced - (self ? size : 0);
      if (payload < 0 || payload > this.dialect.frame.max) {
        this.damaged(announced);
        return frames;
      }
      if (rest.length < size + payload) break;
      frames.push(rest.slice(0, size + payload));
      this.consumed += size + payload;
      rest = rest.subarray(size + payload);
    }
    this.held = rest.slice();
    return frames;
  }

  /** Bytes of the frame that has begun; 0 between frames. */
  get pending(): number {
    return this.held.length;
  }

  /** Bytes that the frame which has begun will have, length header included; undefined until its length is known. */
  get expected(): number | undefined {
    const { encoding, bytes: size, 'counts-itself': self } = this.dialect.frame.length;
    if (this.broken || this.held.length < size) return undefined;
    return (readLength(this.held.subarray(0, size), encoding) ?? 0) + (self ? 0 : size);
  }

  /** Why no more frames come out: CODEC_FRAME with the offset in the stream. */
  get damage(): RigError | undefined {
    return this.broken;
  }

  private damaged(announced: number | undefined): void {
    this.held = new Uint8Array();
    const what =
      announced === undefined
        ? `expected a length in ${this.dialect.frame.length.encoding}`
        : `a frame of ${announced} bytes is announced; ${this.dialect.id} allows ${this.dialect.frame.max}`;
    this.broken = new RigError('CODEC_FRAME', 'terminal', `the stream at offset ${this.consumed}: ${what}`, {
      hint: 'Check that both ends use the same length header, and close the connection.',
    });
  }
}
