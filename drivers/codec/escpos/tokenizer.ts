import { type Command, recognise, singleByte } from './commands.ts';

/** A piece of the stream, with the offset of its first byte since the stream began. */
export type Token =
  | { readonly kind: 'text'; readonly offset: number; readonly bytes: Uint8Array }
  | {
      readonly kind: 'command';
      readonly offset: number;
      readonly bytes: Uint8Array;
      readonly command: Command;
    }
  | { readonly kind: 'unknown'; readonly offset: number; readonly bytes: Uint8Array };

/** Splits a stream into text, commands and bytes that nothing explains. Total: every byte is in exactly one token. */
export interface Tokenizer {
  /** Takes the next bytes; returns what is complete. Commands that are not yet complete are kept. */
  write(chunk: Uint8Array): Token[];
  /** No more will come: an unfinished command is returned as unknown. The tokenizer can be used on. */
  end(): Token[];
  /** Bytes of an unfinished command that are being kept. */
  readonly kept: number;
}

/** Told of the pieces of a stream, in order. */
export interface TokenSink {
  /** `chunk` from `start` to `end` is text; it is valid during the call only. */
  text(chunk: Uint8Array, start: number, end: number, offset: number): void;
  /**
   * Offers what begins at `start` with text: that text, up to the next control byte, wherever that is, and as many lines
   * as follow it.
   * @returns where what was taken ended; `start`: nothing was, and the text comes by `text`
   */
  ahead?(chunk: Uint8Array, start: number): number;
  /** The bytes of a command that is always as short are valid during the call only. */
  command(command: Command, bytes: Uint8Array, offset: number): void;
  unknown(bytes: Uint8Array, offset: number): void;
}

/** As `Tokenizer`, but tells what it finds instead of collecting it. */
export interface Scanner {
  write(chunk: Uint8Array): void;
  end(): void;
  readonly kept: number;
}

const NOTHING = new Uint8Array(0);

/** A copy that shares no memory with the chunk (`slice` of a Buffer would). */
function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(to - from);
  // Most are commands of a few bytes, for which a view would cost more than the copy.
  if (copy.length > 32) copy.set(bytes.subarray(from, to));
  else for (let i = 0; i < copy.length; i++) copy[i] = bytes[from + i] ?? 0;
  return copy;
}

/** Longest command that is handed over in memory of which there is only one: most have two to four bytes, and one use. */
const SHORT_MAX = 10;
const SHORT: readonly Uint8Array[] = Array.from(
  { length: SHORT_MAX + 1 },
  (_, length) => new Uint8Array(length),
);

/** The bytes of a command for a sink. */
function piece(bytes: Uint8Array, from: number, to: number, command: Command | undefined): Uint8Array {
  const short = command?.length.always === to - from ? SHORT[to - from] : undefined;
  if (!short) return copyOf(bytes, from, to);
  for (let i = 0; i < short.length; i++) short[i] = bytes[from + i] ?? 0;
  return short;
}

/** Makes a scanner. Memory: at most the bytes of one command, and never more than what was written. */
export const makeScanner = (sink: TokenSink): Scanner => new StreamScanner(sink);

class StreamScanner implements Scanner {
  readonly #sink: TokenSink;
  #held = NOTHING;
  #used = 0;
  #needed = 0;
  /** Offset of the first held byte, or of the next byte to come. */
  #offset = 0;

  constructor(sink: TokenSink) {
    this.#sink = sink;
  }

  get kept(): number {
    return this.#used;
  }

  write(chunk: Uint8Array): void {
    if (this.#used === 0) {
      this.#split(chunk);
      return;
    }
    this.#hold(chunk);
    if (this.#used >= this.#needed) this.#split(copyOf(this.#held, 0, this.#used));
  }

  end(): void {
    if (this.#used === 0) return;
    const bytes = copyOf(this.#held, 0, this.#used);
    const from = this.#offset;
    this.#offset += this.#used;
    this.#held = NOTHING;
    this.#used = 0;
    this.#sink.unknown(bytes, from);
  }

  #hold(bytes: Uint8Array): void {
    if (this.#used + bytes.length > this.#held.length) {
      const grown = new Uint8Array(Math.max(64, (this.#used + bytes.length) * 2));
      grown.set(this.#held.subarray(0, this.#used));
      this.#held = grown;
    }
    this.#held.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  #split(bytes: Uint8Array): void {
    const sink = this.#sink;
    const base = this.#offset;
    const { length } = bytes;
    let start = 0;
    while (start < length) {
      const first = bytes[start] ?? 0;
      if (first >= 0x20) {
        // Whoever reads the text finds its end too.
        const ahead = sink.ahead?.(bytes, start) ?? start;
        if (ahead > start) {
          start = ahead;
          continue;
        }
        let end = start + 1;
        while (end < length && (bytes[end] ?? 0) >= 0x20) end++;
        sink.text(bytes, start, end, base + start);
        start = end;
        continue;
      }
      const single = singleByte(first);
      if (single) {
        sink.command(single.command, single.bytes, base + start);
        start++;
        continue;
      }
      const found = recognise(bytes, start);
      if (found.state === 'incomplete') {
        this.#needed = found.length;
        break;
      }
      const end = start + found.length;
      if (found.state === 'command')
        sink.command(found.command, piece(bytes, start, end, found.command), base + start);
      else sink.unknown(copyOf(bytes, start, end), base + start);
      start = end;
    }
    this.#offset = base + start;
    this.#held = NOTHING;
    this.#used = 0;
    if (start < bytes.length) this.#hold(bytes.subarray(start));
  }
}

/** Makes a tokenizer. Memory: as a scanner's. */
export function makeTokenizer(): Tokenizer {
  let tokens: Token[] = [];
  const scanner = makeScanner({
    text: (chunk, start, end, offset) =>
      void tokens.push({ kind: 'text', offset, bytes: copyOf(chunk, start, end) }),
    command: (command, bytes, offset) =>
      void tokens.push({ kind: 'command', offset, bytes: copyOf(bytes, 0, bytes.length), command }),
    unknown: (bytes, offset) => void tokens.push({ kind: 'unknown', offset, bytes }),
  });
  const taken = (): Token[] => {
    const found = tokens;
    tokens = [];
    return found;
  };
  return {
    write(chunk) {
      scanner.write(chunk);
      return taken();
    },
    end() {
      scanner.end();
      return taken();
    },
    get kept() {
      return scanner.kept;
    },
  };
}
