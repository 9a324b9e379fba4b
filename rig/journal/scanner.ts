import type { Automaton, Pattern } from './automaton.ts';

/** Class numbers that are not symbols of a pattern. */
export const SKIP = 255;

/** Blanks and hyphens between digits do not hide a number; more than this many in a row do. */
const MOST_SKIPPED = 4;

/** So many symbols beyond those that may be shown, and a number that broke off is masked all the same. */
const FRAGMENT = 5;

/** Digits after the separator of track 2: expiry, service code, discretionary data (ISO/IEC 7813: 40 in all). */
const TRACK_2_REST = 24;
/** Characters after the account number in track 1 (ISO/IEC 7813: 79 in all). */
const TRACK_1_REST = 64;
const BASE64_REST = 32;

const isDigit = (code: number) => code >= 0x30 && code <= 0x39;
const isHexDigit = (code: number) => isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
const isBase64 = (code: number) =>
  isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) || code === 0x2b || code === 0x2f;
export const isAlphanumeric = (code: number) =>
  isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);

/** How track data goes on behind an account number, per form. `nibbles`: codes are 0 to 15. */
type TailKind = 'text' | 'hex' | 'base64' | 'nibbles';

/** What follows an account number, one code at a time: is it track data, and how far does it go? */
class Tail {
  #kind: TailKind = 'text';
  #left = 0;
  #separated = false;
  #track1 = false;
  #half = 0;

  start(kind: TailKind): void {
    this.#kind = kind;
    this.#separated = kind === 'base64';
    this.#left = kind === 'base64' ? BASE64_REST : kind === 'hex' ? TRACK_2_REST * 2 : TRACK_2_REST;
    this.#track1 = false;
    this.#half = 0;
  }

  get active(): boolean {
    return this.#left > 0;
  }

  stop(): void {
    this.#left = 0;
  }

  /** A blank: track data may be wrapped over lines, but its separator stands right behind the number. */
  pause(): void {
    if (!this.#separated) this.#left = 0;
  }

  /** True when the code belongs to track data and must be masked. */
  hides(code: number): boolean {
    if (this.#left === 0) return false;
    if (!this.#separated) {
      this.#separate(code);
      return false;
    }
    this.#left -= 1;
    if (this.#goesOn(code)) return true;
    this.#left = 0;
    return false;
  }

  #separate(code: number): void {
    const letter = code | 0x20;
    if (this.#kind === 'nibbles') {
      this.#separated = code === 0xd;
    } else if (this.#kind === 'hex') {
      // The separator is two hex digits: 3d is "=", 44 and 64 are "D" and "d".
      if (this.#half === 0) {
        this.#half = code;
        return;
      }
      const pair = String.fromCharCode(this.#half, letter).toLowerCase();
      this.#separated = pair === '3d' || ((this.#half === 0x34 || this.#half === 0x36) && code === 0x34);
    } else {
      this.#separated = code === 0x3d || letter === 0x64 || code === 0x5e;
      this.#track1 = code === 0x5e;
      if (this.#track1) this.#left = TRACK_1_REST;
    }
    if (!this.#separated) this.#left = 0;
  }

  #goesOn(code: number): boolean {
    if (this.#kind === 'nibbles') return code < 10;
    if (this.#kind === 'hex') return isHexDigit(code);
    if (this.#kind === 'base64') return isBase64(code);
    return this.#track1 ? code >= 0x20 && code !== 0x3f : isDigit(code);
  }
}

const TAIL_OF: Readonly<Record<Pattern['kind'], TailKind | undefined>> = {
  pan: 'text',
  hex: 'hex',
  base64: 'base64',
  pin: undefined,
  'pin-block': undefined,
};

/**
 * Runs an automaton over codes that may come in pieces, and tells the positions that must be masked. Positions are the
 * caller's: they only have to rise.
 */
export class Scanner {
  readonly #automaton: Automaton;
  readonly #classOf: Uint8Array;
  readonly #nibbles: boolean;
  readonly #mark: (position: number) => void;
  readonly #accept: (pattern: Pattern, first: number, last: number) => boolean;
  readonly #positions: Float64Array;
  readonly #tail = new Tail();
  #state = 0;
  #consumed = 0;
  #skipped = 0;

  /**
   * `classOf` maps codes to the automaton's classes or SKIP; codes beyond it are class 0. `mark` is called for every
   * position to be masked, also for positions that were fed before as long as `held` covers them. `accept` may refuse a match.
   */
  constructor(
    automaton: Automaton,
    options: {
      readonly classOf: Uint8Array;
      readonly nibbles?: boolean;
      readonly mark: (position: number) => void;
      readonly accept?: (pattern: Pattern, first: number, last: number) => boolean;
    },
  ) {
    this.#automaton = automaton;
    this.#classOf = options.classOf;
    this.#nibbles = options.nibbles ?? false;
    this.#mark = options.mark;
    this.#accept = options.accept ?? (() => true);
    this.#positions = new Float64Array(automaton.longest);
  }

  feed(code: number, position: number): void {
    const symbol = code < this.#classOf.length ? (this.#classOf[code] ?? 0) : 0;
    // Most of what comes begins nothing: no match ever reaches back over the automaton's root.
    if (this.#state === 0 && !this.#tail.active) {
      if (symbol === SKIP || (this.#automaton.next[symbol] ?? 0) === 0) return;
    }
    if (symbol === SKIP) {
      this.#tail.pause();
      if (++this.#skipped > MOST_SKIPPED) this.#move(0);
      return;
    }
    if (this.#tail.hides(code)) this.#mark(position);
    this.#skipped = 0;
    const { next, classes, accepts } = this.#automaton;
    const state = next[this.#state * classes + symbol] ?? 0;
    this.#move(state);
    this.#positions[this.#consumed % this.#positions.length] = position;
    this.#consumed += 1;
    if (accepts[state] === 1) this.#matched(state);
  }

  /** Position from which on fed symbols may still have to be masked; undefined when none. */
  held(): number | undefined {
    const count = this.#automaton.hold[this.#state] ?? 0;
    return count > 0 ? this.#back(count) : undefined;
  }

  /** Nothing more comes here: what was a longer part of a number than may be shown is masked. */
  end(): void {
    this.#move(0);
    this.#skipped = 0;
    this.#tail.stop();
  }

  /** Position of the `n`th last consumed symbol, 1 = the last. */
  #back(n: number): number {
    const size = this.#positions.length;
    return this.#positions[(((this.#consumed - n) % size) + size) % size] ?? 0;
  }

  /** Goes to a state; called before the symbol that leads there is counted. */
  #move(state: number): void {
    const { depth, fragment } = this.#automaton;
    const was = fragment[this.#state] ?? 0;
    if (was >= FRAGMENT && (depth[state] ?? 0) <= (depth[this.#state] ?? 0)) {
      for (let n = was; n >= 1; n--) this.#mark(this.#back(n));
    }
    this.#state = state;
  }

  #matched(state: number): void {
    for (const pattern of this.#automaton.ending[state] ?? []) {
      const length = pattern.symbols.length;
      if (!this.#accept(pattern, this.#back(length), this.#back(1))) continue;
      for (let i = pattern.from; i < pattern.to; i++) this.#mark(this.#back(length - i));
      const tail = TAIL_OF[pattern.kind];
      if (tail) this.#tail.start(this.#nibbles ? 'nibbles' : tail);
    }
  }
}
