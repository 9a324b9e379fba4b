/** Content type of ISO 8583 in an HTTP POST, as UnionPay-style acquirers have it. */
export const CONTENT_TYPE = 'x-ISO-TPDU/x-auth';

/** Start line and headers of one message, or one line of a chunked body; more is no envelope of a payment message. */
const MOST_HEADER_BYTES = 16 * 1024;

/** A POST that carries one message. */
export function httpRequest(
  body: Uint8Array,
  { host = 'acquirer', path = '/' }: { readonly host?: string; readonly path?: string } = {},
): Uint8Array {
  return message(`POST ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\n`, body);
}

/** The response that carries its answer; the connection stays open. */
export const httpResponse = (body: Uint8Array): Uint8Array => message('HTTP/1.1 200 OK\r\n', body);

function message(start: string, body: Uint8Array): Uint8Array {
  const head = `${start}Content-Type: ${CONTENT_TYPE}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Uint8Array.from(Buffer.concat([Buffer.from(head, 'latin1'), body]));
}

/** A body, or why a message has none that can be read. */
export type Body = Uint8Array | { readonly trouble: string };

/** Where in a message the stream stands. `sized` and `chunk` count bytes that are left. */
type State =
  | { readonly at: 'head' | 'chunk-size' | 'chunk-end' | 'trailers' | 'until-close' }
  | { readonly at: 'sized' | 'chunk'; left: number };

/**
 * Takes the bodies out of one direction of an HTTP/1.x connection (RFC 9112): by Content-Length, chunked, or up to the
 * end of the stream. It reads along while others talk, on whatever they send: synchronous, bounded, never throws. Interim
 * (1xx) responses and messages without a body are passed over; an error status is told.
 */
export class HttpBodies {
  readonly #direction: 'request' | 'response';
  readonly #most: number;
  #state: State = { at: 'head' };
  #line: number[] = [];
  #head: string[] = [];
  #headBytes = 0;
  #body: Uint8Array[] = [];
  #size = 0;
  #status = 0;
  #found: Body[] = [];
  #damage: string | undefined;
  #ends: { readonly at: number; readonly body: Uint8Array | undefined }[] = [];
  #completed = 0;

  /** @param most bytes of a body; a longer one is passed over and told */
  constructor(direction: 'request' | 'response', most: number) {
    this.#direction = direction;
    this.#most = most;
  }

  /** Why the stream is no HTTP; nothing comes out any more. */
  get damage(): string | undefined {
    return this.#damage;
  }

  /** Where in the last chunk HTTP messages ended, with the body of each that had one that can be read. */
  get ends(): readonly { readonly at: number; readonly body: Uint8Array | undefined }[] {
    return this.#ends;
  }

  /** Bodies that `chunk` completes, as copies. */
  push(chunk: Uint8Array): readonly Body[] {
    this.#ends = [];
    for (let at = 0; at < chunk.length && this.#damage === undefined; ) {
      const state = this.#state;
      const [completed, found] = [this.#completed, this.#found.length];
      if (state.at === 'sized' || state.at === 'chunk') {
        const part = chunk.subarray(at, at + state.left);
        this.#keep(part);
        at += part.length;
        state.left -= part.length;
        if (state.left === 0) {
          if (state.at === 'sized') this.#complete();
          else this.#state = { at: 'chunk-end' };
        }
      } else if (state.at === 'until-close') {
        this.#keep(chunk.subarray(at));
        at = chunk.length;
      } else {
        at = this.#collect(chunk, at);
      }
      if (this.#completed > completed) {
        const body = this.#found[found];
        this.#ends.push({ at, body: body instanceof Uint8Array ? body : undefined });
      }
    }
    return this.#take();
  }

  /** The stream has ended: this completes a body that nothing else ends. */
  end(): readonly Body[] {
    if (this.#damage !== undefined) return [];
    if (this.#state.at === 'until-close') this.#complete();
    else if (this.#state.at !== 'head' || this.#headBytes > 0) {
      this.#found.push({ trouble: 'the stream ends in the middle of an HTTP message' });
    }
    return this.#take();
  }

  /** Gathers a line; returns where the chunk goes on. */
  #collect(chunk: Uint8Array, from: number): number {
    const end = chunk.indexOf(0x0a, from);
    const to = end === -1 ? chunk.length : end + 1;
    this.#headBytes += to - from;
    if (this.#headBytes > MOST_HEADER_BYTES) {
      this.#broken(`more than ${MOST_HEADER_BYTES} bytes of headers`);
      return to;
    }
    this.#line.push(...chunk.subarray(from, to));
    if (end === -1) return to;
    const line = Buffer.from(this.#line)
      .toString('latin1')
      .replace(/\r?\n$/, '');
    this.#line = [];
    this.#takeLine(line);
    return to;
  }

  #takeLine(line: string): void {
    switch (this.#state.at) {
      case 'head':
        if (line !== '') this.#head.push(line);
        else if (this.#head.length > 0) this.#headDone();
        // Blank lines before a message are forgiven (RFC 9112, 2.2).
        else this.#headBytes = 0;
        return;
      case 'chunk-size':
        this.#chunk(/^([0-9a-f]{1,7})[ \t]*(;.*)?$/i.exec(line)?.[1]);
        return;
      case 'chunk-end':
        this.#headBytes = 0;
        if (line === '') this.#state = { at: 'chunk-size' };
        else this.#broken('a chunk is longer than it said');
        return;
      case 'trailers':
        if (line === '') this.#complete();
    }
  }

  #headDone(): void {
    const [start = '', ...lines] = this.#head;
    this.#head = [];
    this.#headBytes = 0;
    const request = this.#direction === 'request';
    const known = request
      ? /^[A-Z]+ \S+ HTTP\/1\.[01]$/.test(start)
      : /^HTTP\/1\.[01] (\d{3})( |$)/.exec(start)?.[1];
    if (!known) {
      this.#broken(`expected ${request ? 'a request' : 'a response'} line`);
      return;
    }
    this.#status = request ? 0 : Number(known);
    const header = (name: string) =>
      lines
        .map((line) => /^([^:\s]+):[ \t]*(.*?)[ \t]*$/.exec(line))
        .find((match) => match?.[1]?.toLowerCase() === name)?.[2];
    const length = header('content-length');
    const chunked = /(^|,)\s*chunked$/i.test(header('transfer-encoding') ?? '');
    const none = (this.#status >= 100 && this.#status < 200) || this.#status === 204 || this.#status === 304;
    if (this.#status === 101) this.#broken('the connection changes to another protocol');
    else if (none) this.#state = { at: 'head' };
    else if (chunked) this.#state = { at: 'chunk-size' };
    else if (length !== undefined) {
      if (!/^\d{1,9}$/.test(length)) this.#broken('the Content-Length is no length');
      else if (Number(length) === 0) this.#complete();
      else this.#state = { at: 'sized', left: Number(length) };
    } else if (request) this.#complete();
    else this.#state = { at: 'until-close' };
  }

  #chunk(size: string | undefined): void {
    this.#headBytes = 0;
    const left = Number.parseInt(size ?? '', 16);
    if (size === undefined) this.#broken('expected the size of a chunk');
    else this.#state = left === 0 ? { at: 'trailers' } : { at: 'chunk', left };
  }

  #keep(part: Uint8Array): void {
    this.#size += part.length;
    if (this.#size <= this.#most) this.#body.push(part.slice());
    else this.#body = [];
  }

  #complete(): void {
    const [size, status] = [this.#size, this.#status];
    const body = Uint8Array.from(Buffer.concat(this.#body));
    this.#body = [];
    this.#size = 0;
    this.#headBytes = 0;
    this.#completed++;
    this.#state = { at: 'head' };
    if (status >= 400) this.#found.push({ trouble: `the answer is HTTP status ${status}` });
    else if (size > this.#most) this.#found.push({ trouble: `an HTTP body of ${size} bytes is too long` });
    else if (size > 0) this.#found.push(body);
  }

  #broken(why: string): void {
    this.#damage = `the stream is not HTTP: ${why}`;
    this.#body = [];
    this.#line = [];
    this.#head = [];
  }

  #take(): readonly Body[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }
}
