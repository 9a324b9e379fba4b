import type { MessageDirection } from '../../../rig/model/message.ts';
import { announcedSize, Deframer, type Dialect } from '../../codec/iso8583/index.ts';
import type { Framing } from '../../host/wire/framing.ts';
import { HttpBodies } from '../../host/wire/http-post.ts';

/** A piece of the stream: part of one message on the wire. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** Bytes of the same message came before. */
  readonly goesOn: boolean;
  /** The piece completes its message. */
  readonly completes: boolean;
  /** The frame of the dialect that the message is or carries, when the piece completes it; may be a view of the chunk. */
  readonly frame: Uint8Array | undefined;
}

/** Cuts one direction of one connection at the borders of its messages, without changing or holding a byte. */
export interface Splitter {
  push(chunk: Uint8Array): readonly Piece[];
  /** Why borders are no longer known, for good. */
  readonly damage: string | undefined;
}

/**
 * @param dialect undefined: the stream has no messages
 * @param framing under `http-post` a message is a whole POST or response, its headers included
 */
export function splitter(
  dialect: Dialect | undefined,
  framing: Framing,
  direction: MessageDirection,
): Splitter {
  if (!dialect) return STREAM;
  return framing === 'raw' ? new RawSplitter(dialect) : new HttpSplitter(dialect, direction);
}

/** The most that a message of a dialect can be on the wire, bytes. */
export const longestMessage = (dialect: Dialect): number => dialect.frame.max + 64 * 1024;

const STREAM: Splitter = {
  damage: undefined,
  push: (bytes) => [{ bytes, goesOn: true, completes: false, frame: undefined }],
};

class RawSplitter implements Splitter {
  readonly #dialect: Dialect;
  readonly #deframer: Deframer;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    this.#deframer = new Deframer(dialect);
  }

  get damage(): string | undefined {
    return this.#deframer.damage?.message;
  }

  push(chunk: Uint8Array): readonly Piece[] {
    const before = this.#deframer.pending;
    return (before === 0 && this.#whole(chunk)) || this.#pieces(chunk, before);
  }

  /** The usual case, a chunk that is nothing but whole frames, costs no copy. Undefined for any other. */
  #whole(chunk: Uint8Array): readonly Piece[] | undefined {
    if (this.#deframer.damage) return undefined;
    const first = announcedSize(this.#dialect, chunk, 0);
    if (first === undefined || first > chunk.length) return undefined;
    if (first === chunk.length) {
      this.#deframer.skip(first);
      return [{ bytes: chunk, goesOn: false, completes: true, frame: chunk }];
    }
    const pieces: Piece[] = [];
    for (let at = 0; at < chunk.length; ) {
      const size = announcedSize(this.#dialect, chunk, at);
      if (size === undefined || at + size > chunk.length) return undefined;
      const frame = chunk.subarray(at, at + size);
      pieces.push({ bytes: frame, goesOn: false, completes: true, frame });
      at += size;
    }
    this.#deframer.skip(chunk.length);
    return pieces;
  }

  #pieces(chunk: Uint8Array, pending: number): Piece[] {
    const pieces: Piece[] = [];
    let before = pending;
    let at = 0;
    for (const frame of this.#deframer.push(chunk)) {
      const bytes = chunk.subarray(at, at + frame.length - before);
      pieces.push({ bytes, goesOn: before > 0, completes: true, frame });
      at += bytes.length;
      before = 0;
    }
    if (at < chunk.length) {
      pieces.push({ bytes: chunk.subarray(at), goesOn: before > 0, completes: false, frame: undefined });
    }
    return pieces;
  }
}

class HttpSplitter implements Splitter {
  readonly #dialect: Dialect;
  readonly #bodies: HttpBodies;
  #begun = false;

  constructor(dialect: Dialect, direction: MessageDirection) {
    this.#dialect = dialect;
    this.#bodies = new HttpBodies(direction, dialect.frame.max + 16);
  }

  get damage(): string | undefined {
    return this.#bodies.damage;
  }

  push(chunk: Uint8Array): Piece[] {
    const pieces: Piece[] = [];
    this.#bodies.push(chunk);
    let from = 0;
    for (const { at, body } of this.#bodies.ends) {
      const frame = body && new Deframer(this.#dialect).push(body)[0];
      pieces.push({ bytes: chunk.subarray(from, at), goesOn: this.#begun, completes: true, frame });
      this.#begun = false;
      from = at;
    }
    if (from < chunk.length) {
      pieces.push({ bytes: chunk.subarray(from), goesOn: this.#begun, completes: false, frame: undefined });
      this.#begun = true;
    }
    return pieces;
  }
}
