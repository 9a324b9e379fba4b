import type { TestCard } from '../model/card.ts';
import { type Automaton, compile, type Pattern } from './automaton.ts';
import { CONTEXT, foreignIn, unfinishedIn } from './foreign.ts';
import { nibblePatterns, textPatterns } from './patterns.ts';
import { Scanner, SKIP } from './scanner.ts';

/** What may stand between the digits of a number in bytes; NUL makes UTF-16 digits neighbours. */
const BETWEEN = [0x00, 0x09, 0x0a, 0x0d, 0x20, 0x2d, 0x2e];

/** Memory of a stream beyond this is given back when the stream is back to small chunks; bytes. */
const LARGE = 1 << 16;

/** The compiled cards for byte streams; shared by all streams of a journal. */
export interface StreamCards {
  readonly bytes: Automaton;
  readonly byteClasses: Uint8Array;
  readonly nibbles: Automaton;
  readonly nibbleClasses: Uint8Array;
}

/** Compiles the cards once for any number of streams. */
export function compileForStreams(cards: readonly TestCard[]): StreamCards {
  // A PIN in plain digits is told from any other number only by what stands around it: no business of raw bytes.
  const bytes = compile(textPatterns(cards).filter((pattern: Pattern) => pattern.kind !== 'pin'));
  const nibbles = compile(nibblePatterns(cards));
  const byteClasses = new Uint8Array(256);
  byteClasses.set(bytes.classOf);
  for (const code of BETWEEN) byteClasses[code] = SKIP;
  for (let digit = 0; digit < 10; digit++) {
    const symbol = bytes.classOf[0x30 + digit] ?? 0;
    byteClasses[0xf0 + digit] = symbol; // EBCDIC
    byteClasses[0xb0 + digit] = symbol; // second byte of a GBK full-width digit; the first is A3
    byteClasses[0x90 + digit] = symbol; // third byte of a UTF-8 full-width digit; EF BC stand before it
  }
  for (const lead of [0xa3, 0xef, 0xbc]) byteClasses[lead] = SKIP;
  const nibbleClasses = new Uint8Array(16);
  for (let value = 0; value < 16; value++) {
    nibbleClasses[value] = nibbles.classOf[value.toString(16).charCodeAt(0)] ?? 0;
  }
  return { bytes, byteClasses, nibbles, nibbleClasses };
}

/**
 * Masks one direction of one byte stream, chunk by chunk. Bytes that may be the beginning of a secret are held back
 * (a few dozen at most) until more bytes, or the end of the stream, decide. Works in hex: a masked half byte is `*`.
 */
export class StreamMasker {
  /** Not yet given out, and where each of its half bytes is to be masked. */
  #pending = '';
  #hidden = new Set<number>();
  /** Number of half bytes given out so far = position of the first pending one. */
  #given = 0;
  /** Half bytes fed so far. */
  #fed = 0;
  /**
   * The last bytes that were given out, as they were, for numbers of unknown cards may have begun in them; then the pending
   * ones: the first `#seen` bytes of this memory.
   */
  #memory = Buffer.alloc(256);
  #seen = 0;
  readonly #bytes: Scanner;
  readonly #nibbles: Scanner;

  constructor(cards: StreamCards) {
    const hide = this.#hide;
    this.#bytes = new Scanner(cards.bytes, {
      classOf: cards.byteClasses,
      mark: (position) => {
        hide(position);
        hide(position + 1);
      },
    });
    this.#nibbles = new Scanner(cards.nibbles, { classOf: cards.nibbleClasses, nibbles: true, mark: hide });
  }

  readonly #hide = (position: number) => {
    if (position >= this.#given) this.#hidden.add(position);
  };

  /** Takes hex of whole bytes; gives the masked hex that can be given now, perhaps none. */
  push(hex: string): string {
    this.#pending += hex;
    const bytes = this.#bytes;
    const nibbles = this.#nibbles;
    let at = this.#fed;
    const known = this.#seen;
    const seen = known + hex.length / 2;
    const memory = this.#room(seen);
    memory.write(hex, known, 'hex');
    for (let i = known; i < seen; i++) {
      const byte = memory[i] ?? 0;
      bytes.feed(byte, at);
      nibbles.feed(byte >> 4, at);
      nibbles.feed(byte & 15, at + 1);
      at += 2;
    }
    this.#fed = at;
    this.#seen = seen;
    const looked = memory.subarray(0, seen);
    const from = this.#fed - looked.length * 2;
    for (const span of foreignIn(looked))
      for (let position = span.from; position < span.to; position++) this.#hide(from + position);
    const unknown = from + (unfinishedIn(looked) ?? looked.length * 2);
    const held = Math.min(this.#bytes.held() ?? this.#fed, this.#nibbles.held() ?? this.#fed, unknown);
    return this.#give(held - (held % 2));
  }

  /** The stream ends or pauses here: gives what was held back, masked where it is too long a part of a secret. */
  flush(): string {
    this.#bytes.end();
    this.#nibbles.end();
    return this.#give(this.#fed);
  }

  /** The memory, large enough for so many bytes. What one large chunk needed is not kept for the rest of the stream. */
  #room(bytes: number): Buffer {
    const now = this.#memory;
    if (bytes > now.length || (now.length > LARGE && bytes < LARGE / 2)) {
      this.#memory = Buffer.alloc(Math.max(256, 2 * bytes));
      now.copy(this.#memory, 0, 0, this.#seen);
    }
    return this.#memory;
  }

  #give(until: number): string {
    const count = Math.max(0, until - this.#given);
    const plain = this.#pending.slice(0, count);
    this.#pending = this.#pending.slice(count);
    const kept = Math.min(this.#seen, (CONTEXT + this.#pending.length) / 2);
    if (kept < this.#seen) this.#memory.copyWithin(0, this.#seen - kept, this.#seen);
    this.#seen = kept;
    const from = this.#given;
    this.#given += count;
    if (this.#hidden.size === 0) return plain;
    let masked = '';
    let at = 0;
    for (const position of [...this.#hidden].sort((a, b) => a - b)) {
      if (position >= this.#given) break;
      masked += `${plain.slice(at, position - from)}*`;
      at = position - from + 1;
      this.#hidden.delete(position);
    }
    return masked + plain.slice(at);
  }
}

/** Masks bytes that are complete. Whole masked bytes become `*`, masked half bytes F. */
export function maskBytes(cards: StreamCards, content: Uint8Array): Uint8Array {
  const masker = new StreamMasker(cards);
  const hex = masker.push(Buffer.from(content).toString('hex')) + masker.flush();
  return hex.includes('*')
    ? Buffer.from(
        hex.replace(/(..)/g, (pair) => (pair === '**' ? '2a' : pair.replaceAll('*', 'f'))),
        'hex',
      )
    : content;
}
