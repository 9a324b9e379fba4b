import { Deframer, type Dialect } from '../../codec/iso8583/index.ts';
import { HttpBodies, httpRequest, httpResponse } from './http-post.ts';

/**
 * What stands around the frames of a dialect on the wire. `raw`: nothing, one frame behind the other. `http-post`: each
 * frame, length header included, is the body of an HTTP POST of content type `x-ISO-TPDU/x-auth`, its answer the body of
 * the response; usual with UnionPay-style acquirers over TLS.
 */
export const FRAMINGS = ['raw', 'http-post'] as const;
export type Framing = (typeof FRAMINGS)[number];
export type FramedDirection = 'request' | 'response';

/** A frame of the dialect, or why a piece of the stream is none. */
export type Unframed = { readonly frame: Uint8Array } | { readonly trouble: string };

/** Takes frames out of one direction of one connection. Never throws; holds at most one frame and its envelope. */
export interface Unframer {
  push(chunk: Uint8Array): Unframed[];
  /** The stream has ended: what was still open. */
  end(): Unframed[];
  /** Why nothing comes out any more, for good. */
  readonly damage: string | undefined;
}

export function unframer(framing: Framing, direction: FramedDirection, dialect: Dialect): Unframer {
  return framing === 'raw' ? new RawUnframer(dialect) : new HttpUnframer(direction, dialect);
}

/** The bytes that carry a frame on the wire. `host` and `path` are for the request line of a POST. */
export function enframe(
  framing: Framing,
  direction: FramedDirection,
  frame: Uint8Array,
  post: { readonly host?: string; readonly path?: string } = {},
): Uint8Array {
  if (framing === 'raw') return frame;
  return direction === 'request' ? httpRequest(frame, post) : httpResponse(frame);
}

class RawUnframer implements Unframer {
  readonly #deframer: Deframer;

  constructor(dialect: Dialect) {
    this.#deframer = new Deframer(dialect);
  }

  push(chunk: Uint8Array): Unframed[] {
    return this.#deframer.push(chunk).map((frame) => ({ frame }));
  }

  end(): Unframed[] {
    const { pending } = this.#deframer;
    return pending > 0 ? [{ trouble: `the stream ends ${pending} bytes into a frame` }] : [];
  }

  get damage(): string | undefined {
    return this.#deframer.damage?.message;
  }
}

/** What a body may have beyond the largest frame: its length header. */
const LENGTH_HEADER = 16;

class HttpUnframer implements Unframer {
  readonly #dialect: Dialect;
  readonly #bodies: HttpBodies;

  constructor(direction: FramedDirection, dialect: Dialect) {
    this.#dialect = dialect;
    this.#bodies = new HttpBodies(direction, dialect.frame.max + LENGTH_HEADER);
  }

  push(chunk: Uint8Array): Unframed[] {
    return this.#bodies.push(chunk).flatMap((body) => this.#frames(body));
  }

  end(): Unframed[] {
    return this.#bodies.end().flatMap((body) => this.#frames(body));
  }

  get damage(): string | undefined {
    return this.#bodies.damage;
  }

  /** Every body stands for itself: a bad one says nothing about the next. */
  #frames(body: Uint8Array | { readonly trouble: string }): Unframed[] {
    if ('trouble' in body) return [body];
    const deframer = new Deframer(this.#dialect);
    const found: Unframed[] = deframer.push(body).map((frame) => ({ frame }));
    if (deframer.damage) return [...found, { trouble: `in the HTTP body, ${deframer.damage.message}` }];
    if (deframer.pending > 0)
      return [...found, { trouble: `the HTTP body ends ${deframer.pending} bytes into a frame` }];
    return found;
  }
}
