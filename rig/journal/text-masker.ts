import type { TestCard } from '../model/card.ts';
import { type Automaton, compile } from './automaton.ts';
import { textPatterns } from './patterns.ts';
import { isAlphanumeric, Scanner, SKIP } from './scanner.ts';

/** What may stand between the digits of a written account number: blanks, line ends, hyphens, dots. */
const BETWEEN = [0x09, 0x0a, 0x0d, 0x20, 0x2d, 0x2e, 0xa0];
const IDEOGRAPHIC_SPACE = 0x3000;
const FULLWIDTH_ZERO = 0xff10;

/** Short PINs are common numbers (2026, 1234): they are masked only close behind the word. */
const SHORT_PIN = 6;
const PIN_WORD = /(pin|密码|密碼)[^\n]{0,12}$/i;

/** Masks the test cards in texts. Always returns a text of the same length. */
export class TextMasker {
  readonly #automaton: Automaton;
  readonly #classOf = new Uint8Array(256);
  readonly #shortest: number;

  constructor(cards: readonly TestCard[]) {
    const patterns = textPatterns(cards);
    this.#automaton = compile(patterns);
    this.#classOf.set(this.#automaton.classOf);
    for (const code of BETWEEN) this.#classOf[code] = SKIP;
    this.#shortest = Math.min(Infinity, ...patterns.map(({ symbols }) => symbols.length));
  }

  /** The same text with everything secret as `*`; the very same string when there is nothing secret in it. */
  mask(text: string): string {
    if (text.length < this.#shortest || !this.#suspects(text)) return text;
    return this.#masked(text, (scanner, feed) => {
      for (let i = 0; i < text.length; i++) feed(i);
      scanner.end();
    });
  }

  /** Masks SVG, HTML or XML: also numbers whose digits stand in elements of their own. */
  maskMarkup(text: string): string {
    return this.#masked(this.mask(text), (scanner, feed) => {
      let inTag = false;
      for (let i = 0; i < text.length; i++) {
        const char = text[i];
        if (char === '<') inTag = true;
        if (!inTag) feed(i);
        if (char === '>') inTag = false;
      }
      scanner.end();
    });
  }

  /** One quick pass that only answers whether the careful one is worth it. */
  #suspects(text: string): boolean {
    const { next, classes, accepts, fragment } = this.#automaton;
    const classOf = this.#classOf;
    let state = 0;
    for (let i = 0; i < text.length; i++) {
      const symbol = classOf[fold(text.charCodeAt(i))] ?? 0;
      if (symbol === SKIP) continue;
      state = next[state * classes + symbol] ?? 0;
      if (accepts[state] === 1 || (fragment[state] ?? 0) > 0) return true;
    }
    return false;
  }

  #masked(text: string, run: (scanner: Scanner, feed: (index: number) => void) => void): string {
    const hidden = new Set<number>();
    const scanner = new Scanner(this.#automaton, {
      classOf: this.#classOf,
      mark: (position) => hidden.add(position),
      accept: (pattern, first, last) =>
        pattern.kind !== 'pin' || isPin(text, first, last, pattern.symbols.length),
    });
    run(scanner, (index) => scanner.feed(fold(text.charCodeAt(index)), index));
    if (hidden.size === 0) return text;
    let masked = '';
    let from = 0;
    for (const position of [...hidden].sort((a, b) => a - b)) {
      masked += `${text.slice(from, position)}*`;
      from = position + 1;
    }
    return masked + text.slice(from);
  }
}

/** Full-width digits count as digits; everything else beyond Latin-1 as something no pattern uses. */
function fold(code: number): number {
  if (code < 256) return code;
  if (code >= FULLWIDTH_ZERO && code <= FULLWIDTH_ZERO + 9) return code - FULLWIDTH_ZERO + 0x30;
  return code === IDEOGRAPHIC_SPACE ? 0x20 : 0xff;
}

/** A PIN stands alone: its digits together, neither letters nor digits beside them. */
function isPin(text: string, first: number, last: number, length: number): boolean {
  if (last - first + 1 !== length) return false;
  const alone = [first - 1, last + 1].every(
    (at) => !(at >= 0 && at < text.length && isAlphanumeric(text.charCodeAt(at))),
  );
  return alone && (length >= SHORT_PIN || PIN_WORD.test(text.slice(Math.max(0, first - 16), first)));
}
