import type { TestCard } from '../../rig/model/card.ts';
import { makeTokenizer, type Token } from '../codec/escpos/tokenizer.ts';
import type { PrinterTee } from './dots-veil.ts';

/** What a masked number shows from its first and from its last digit. */
const [FIRST_SHOWN, LAST_SHOWN] = [6, 4];
/** No more than this waits for the rest of a number; what has begun is hidden then. */
const HELD_MAX = 64 * 1024;
const STAR = 0x2a;
const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;

/** A number as its digits come, forwards or from the other end, and how far it has come (Knuth, Morris, Pratt). */
class Spelling {
  readonly #number: string;
  /** Digits at its start that may be shown, and at its end. */
  readonly shown: number;
  readonly #shownAtEnd: number;
  readonly #back: number[];
  length = 0;

  constructor(number: string, shown: number, shownAtEnd: number) {
    this.#number = number;
    this.shown = shown;
    this.#shownAtEnd = shownAtEnd;
    this.#back = [0];
    for (let i = 1, k = 0; i < number.length; i++) {
      while (k > 0 && number[i] !== number[k]) k = this.#back[k - 1] ?? 0;
      if (number[i] === number[k]) k++;
      this.#back[i] = k;
    }
  }

  /** Takes a digit; when the number is complete, which of its digits must be hidden: from and to, counted from the last digit. */
  next(digit: string): readonly [from: number, to: number] | undefined {
    while (this.length > 0 && this.#number[this.length] !== digit)
      this.length = this.#back[this.length - 1] ?? 0;
    if (this.#number[this.length] === digit) this.length++;
    if (this.length < this.#number.length) return undefined;
    this.length = this.#back[this.length - 1] ?? 0;
    return [this.#number.length - this.shown, this.#shownAtEnd];
  }
}

/**
 * Hides card numbers in the bytes of a print job, as many bytes as there were: digits that stand behind each other on the
 * paper are a number whatever stands between them: commands, other text, ends of lines. What may still become a number
 * is held back until it is decided. Numbers that stand whole in the bytes, in all their forms, are the journal's masker's.
 */
export class NumberVeil {
  readonly #tokenizer = makeTokenizer();
  readonly #spellings: readonly Spelling[];
  #pending = new Uint8Array(0);
  /** Offset of the first pending byte. */
  #base = 0;
  /** Offsets of the last digits, the newest at the end. */
  #digits: number[] = [];

  constructor(cards: readonly TestCard[]) {
    this.#spellings = cards.flatMap(({ pan }) => [
      new Spelling(pan, FIRST_SHOWN, LAST_SHOWN),
      new Spelling([...pan].reverse().join(''), LAST_SHOWN, FIRST_SHOWN),
    ]);
  }

  /** Takes the next bytes; returns those that can be given now. */
  push(chunk: Uint8Array): Uint8Array {
    const joined = new Uint8Array(this.#pending.length + chunk.length);
    joined.set(this.#pending);
    joined.set(chunk, this.#pending.length);
    this.#pending = joined;
    for (const token of this.#tokenizer.write(chunk)) this.#read(token);
    const end = this.#base + this.#pending.length;
    const held = this.#begun();
    if (held === undefined) return this.#give(end);
    return end - held > HELD_MAX ? this.flush() : this.#give(Math.max(this.#base, held));
  }

  /** Nothing more comes, or not soon: gives what was held back, hidden. */
  flush(): Uint8Array {
    for (const { length, shown } of this.#spellings) if (length > shown) this.#hide(length - shown, 0);
    for (const spelling of this.#spellings) spelling.length = 0;
    this.#digits = [];
    return this.#give(this.#base + this.#pending.length);
  }

  #read(token: Token): void {
    if (token.kind !== 'text') return;
    token.bytes.forEach((byte, i) => {
      if (!isDigit(byte)) return;
      this.#digits.push(token.offset + i);
      if (this.#digits.length > 64) this.#digits = this.#digits.slice(-32);
      for (const spelling of this.#spellings) {
        const found = spelling.next(String.fromCharCode(byte));
        if (found) this.#hide(...found);
      }
    });
  }

  /** Where the digits begin that may turn out to be too many to be shown. */
  #begun(): number | undefined {
    const places = this.#spellings.flatMap(({ length, shown }) =>
      length > shown ? (this.#digits.at(shown - length) ?? []) : [],
    );
    return places.length > 0 ? Math.min(...places) : undefined;
  }

  /** Digits from so many before the last one on, up to so many. */
  #hide(from: number, to: number): void {
    for (const offset of this.#digits.slice(-from, this.#digits.length - to)) {
      if (offset >= this.#base) this.#pending[offset - this.#base] = STAR;
    }
  }

  #give(until: number): Uint8Array {
    const given = this.#pending.subarray(0, until - this.#base);
    this.#pending = this.#pending.subarray(given.length);
    this.#base = until;
    return given;
  }
}

/** A tee that writes down what a printer gets without numbers whose digits stand apart. */
export function withoutNumbers(tee: PrinterTee, cards: readonly TestCard[]): PrinterTee {
  const veil = new NumberVeil(cards);
  const pass = (bytes: Uint8Array) => {
    if (bytes.length > 0) tee.bytes('in', bytes);
  };
  return {
    ...tee,
    bytes(dir, chunk) {
      if (dir === 'in') pass(veil.push(chunk));
      else tee.bytes(dir, chunk);
    },
    link(state, detail) {
      if (state !== 'open') pass(veil.flush());
      tee.link(state, detail);
    },
    receiptOver() {
      pass(veil.flush());
      tee.receiptOver();
    },
  };
}
