import { lowerHalf, upperHalf } from './code-pages.ts';
import { columnsOf } from './columns.ts';
import type { MultiByte } from './multi-byte.ts';

export interface Glyph {
  readonly char: string;
  /** Half-width cells that it takes on paper. */
  readonly cells: 1 | 2;
  /** From the double-byte font, which has its own size, spacing and underline. */
  readonly double: boolean;
  /** It takes as many cells as Unicode says. */
  readonly natural: boolean;
}

const glyphOf = (char: string, cells: 1 | 2, double: boolean): Glyph => ({
  char,
  cells,
  double,
  natural: columnsOf(char) === cells,
});

export interface GlyphSettings {
  /** Charset of the double-byte (or UTF-8) font. */
  multi: MultiByte;
  /** Whether the double-byte font is on. */
  multiOn: boolean;
  /** Name of the code page of the bytes from 0x80. */
  page: string;
  /** `ESC R` number. */
  country: number;
}

const STRAY = glyphOf('\ufffd', 1, false);

/** Turns the bytes of text into glyphs; a character may be split over any number of calls. */
export interface GlyphReader {
  /** True between characters: the next byte begins one. */
  readonly isClear: boolean;
  /** Takes text (bytes 0x20 to 0xff) and hands over the glyphs that are complete. @param offset of the first byte */
  read(bytes: Uint8Array, start: number, end: number, offset: number, take: (glyph: Glyph) => void): void;
  /** A command follows, or nothing: what a half character begins stays half. */
  end(take: (glyph: Glyph) => void): void;
}

/**
 * @param current the settings; they change between calls only
 * @param stray told of every byte that begins a double-byte character which then does not come
 */
export const makeGlyphReader = (
  current: () => Readonly<GlyphSettings>,
  stray: (offset: number, byte: number) => void,
): GlyphReader => new StreamGlyphReader(current, stray);

class StreamGlyphReader implements GlyphReader {
  readonly #current: () => Readonly<GlyphSettings>;
  readonly #stray: (offset: number, byte: number) => void;
  #begun: readonly number[] = NONE;
  #begunAt = 0;

  constructor(current: () => Readonly<GlyphSettings>, stray: (offset: number, byte: number) => void) {
    this.#current = current;
    this.#stray = stray;
  }

  get isClear(): boolean {
    return this.#begun.length === 0;
  }

  read(bytes: Uint8Array, start: number, end: number, offset: number, take: (glyph: Glyph) => void): void {
    const settings = this.#current();
    const single = singles(settings);
    const known = settings.multiOn ? knownOf(settings.multi) : undefined;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] ?? 0;
      if (this.#begun.length > 0) this.#readByte(byte, offset + i - start, take);
      else if (!known?.leads[byte]) take(single[byte] ?? STRAY);
      else {
        const glyph = i + 1 < end ? pair(known, byte, bytes[i + 1] ?? 0) : null;
        if (glyph) {
          take(glyph);
          i++;
        } else this.#readByte(byte, offset + i - start, take);
      }
    }
  }

  end(take: (glyph: Glyph) => void): void {
    const half = this.#begun;
    this.#begun = NONE;
    half.forEach((byte, i) => {
      if (byte >= 0x80) this.#stray(this.#begunAt + i, byte);
      take(byte < 0x80 ? (singles(this.#current())[byte] ?? STRAY) : STRAY);
    });
  }

  /** One byte at a time: for characters that are split, longer than two bytes, or none. */
  #readByte(byte: number, offset: number, take: (glyph: Glyph) => void): void {
    if (this.#begun.length === 0) this.#begunAt = offset;
    const bytes = [...this.#begun, byte];
    this.#begun = NONE;
    const settings = this.#current();
    const length = settings.multiOn ? settings.multi.length(bytes) : undefined;
    if (length !== undefined) {
      if (length === bytes.length) take(complete(settings.multi, bytes));
      else this.#begun = bytes;
      return;
    }
    if (bytes.length === 1) {
      take(singles(settings)[byte] ?? STRAY);
      return;
    }
    // The first byte leads nowhere: it is shown as such, and the others get their own chance.
    const [lead = 0, ...others] = bytes;
    const start = this.#begunAt;
    this.#stray(start, lead);
    take(STRAY);
    others.forEach((other, i) => {
      this.#readByte(other, start + 1 + i, take);
    });
  }
}

const NONE: readonly number[] = [];

/** Tables of single bytes, by what decides about them; few combinations ever occur. */
const singleTables = new Map<string, readonly Glyph[]>();
let lastSingles:
  | { readonly page: string; readonly country: number; readonly table: readonly Glyph[] }
  | undefined;
const TABLES_MAX = 500;

export function singles(settings: Readonly<GlyphSettings>): readonly Glyph[] {
  const page = settings.multiOn && settings.multi.name === 'shift_jis' ? 'epson/katakana' : settings.page;
  const { country } = settings;
  if (lastSingles?.page === page && lastSingles.country === country) return lastSingles.table;
  const key = `${country} ${page}`;
  let table = singleTables.get(key);
  if (!table) {
    const upper = upperHalf(page);
    table = Array.from({ length: 256 }, (_, byte) =>
      glyphOf(byte < 0x80 ? lowerHalf(byte, country) : (upper[byte - 0x80] ?? '\ufffd'), 1, false),
    );
    if (singleTables.size >= TABLES_MAX) singleTables.clear();
    singleTables.set(key, table);
  }
  lastSingles = { page, country, table };
  return table;
}

/** What is known of a charset: which bytes begin a character, and the characters of two bytes met so far (null: none). */
export interface Known {
  readonly multi: MultiByte;
  readonly leads: Uint8Array;
  readonly pairs: (Glyph | null | undefined)[];
  /** Bytes below 0x80 begin characters too. */
  readonly leadsLow: boolean;
}
const knownCharsets = new WeakMap<MultiByte, Known>();

export function knownOf(multi: MultiByte): Known {
  let known = knownCharsets.get(multi);
  if (!known) {
    const leads = Uint8Array.from({ length: 256 }, (_, byte) => (multi.length([byte]) === undefined ? 0 : 1));
    known = {
      multi,
      leads,
      leadsLow: leads.subarray(0, 0x80).includes(1),
      pairs: Array<Glyph | null | undefined>(0x10000),
    };
    knownCharsets.set(multi, known);
  }
  return known;
}

/** The glyph of two bytes, or null if they are no character of two bytes. */
export function pair({ multi, pairs }: Known, lead: number, trail: number): Glyph | null {
  const at = lead * 256 + trail;
  const known = pairs[at];
  if (known !== undefined) return known;
  const bytes = [lead, trail];
  const glyph = multi.length([lead]) === 2 && multi.length(bytes) === 2 ? complete(multi, bytes) : null;
  pairs[at] = glyph;
  return glyph;
}

function complete(multi: MultiByte, bytes: readonly number[]): Glyph {
  const decoded = multi.decode(bytes);
  // Controls and invisible characters have no picture on a printer; in a report or console they would do harm.
  const char = /^[^\p{Cc}\p{Cf}\p{Cs}]$/u.test(decoded) ? decoded : '\ufffd';
  return glyphOf(char, multi.name === 'utf-8' && columnsOf(char) < 2 ? 1 : 2, true);
}
