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
  /**
   * `chunk` from `start` to `end` is text; it is valid during the call only.
   * @param isAscii all of it is from 0x20 to 0x7e
   */
  text(chunk: Uint8Array, start: number, end: number, offset: number, isAscii: boolean): void;
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
        let end = start;
        let highest = 0;
        for (; end < length; end++) {
          const byte = bytes[end] ?? 0;
          if (byte < 0x20) break;
          if (byte > highest) highest = byte;
        }
        sink.text(bytes, start, end, base + start, highest < 0x7f);
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
      const piece = copyOf(bytes, start, start + found.length);
      if (found.state === 'command') sink.command(found.command, piece, base + start);
      else sink.unknown(piece, base + start);
      start += found.length;
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
    command: (command, bytes, offset) => void tokens.push({ kind: 'command', offset, bytes, command }),
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
