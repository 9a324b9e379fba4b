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
  /** Takes text (bytes 0x20 to 0xff) and hands over the glyphs that are complete. @param offset of the first byte */
  read(bytes: Uint8Array, offset: number, take: (glyph: Glyph) => void): void;
  /** A command follows, or nothing: what a half character begins stays half. */
  end(take: (glyph: Glyph) => void): void;
}

/**
 * @param current the settings; they change between calls only
 * @param stray told of every byte that begins a double-byte character which then does not come
 */
export function makeGlyphReader(
  current: () => Readonly<GlyphSettings>,
  stray: (offset: number, byte: number) => void,
): GlyphReader {
  let begun: number[] = [];
  let begunAt = 0;

  /** One byte at a time: for characters that are split, longer than two bytes, or none. */
  const readByte = (byte: number, offset: number, take: (glyph: Glyph) => void): void => {
    if (begun.length === 0) begunAt = offset;
    const bytes = [...begun, byte];
    begun = [];
    const settings = current();
    const length = settings.multiOn ? settings.multi.length(bytes) : undefined;
    if (length !== undefined) {
      if (length === bytes.length) take(complete(settings.multi, bytes));
      else begun = bytes;
      return;
    }
    if (bytes.length === 1) {
      take(singles(settings)[byte] ?? STRAY);
      return;
    }
    // The first byte leads nowhere: it is shown as such, and the others get their own chance.
    const [lead = 0, ...others] = bytes;
    const start = begunAt;
    stray(start, lead);
    take(STRAY);
    others.forEach((other, i) => {
      readByte(other, start + 1 + i, take);
    });
  };

  return {
    read(bytes, offset, take) {
      const settings = current();
      const single = singles(settings);
      const known = settings.multiOn ? knownOf(settings.multi) : undefined;
      for (let i = 0; i < bytes.length; i++) {
        const byte = bytes[i] ?? 0;
        if (begun.length > 0) readByte(byte, offset + i, take);
        else if (!known?.leads[byte]) take(single[byte] ?? STRAY);
        else {
          const glyph = i + 1 < bytes.length ? pair(known, byte, bytes[i + 1] ?? 0) : null;
          if (glyph) {
            take(glyph);
            i++;
          } else readByte(byte, offset + i, take);
        }
      }
    },
    end(take) {
      const half = begun;
      begun = [];
      half.forEach((byte, i) => {
        if (byte >= 0x80) stray(begunAt + i, byte);
        take(byte < 0x80 ? (singles(current())[byte] ?? STRAY) : STRAY);
      });
    },
  };
}

/** The 256 glyphs of single bytes, by what decides about them; few combinations ever occur. */
const singleTables = new Map<string, readonly Glyph[]>();
let lastSingles:
  | { readonly page: string; readonly country: number; readonly table: readonly Glyph[] }
  | undefined;
const TABLES_MAX = 500;

function singles(settings: Readonly<GlyphSettings>): readonly Glyph[] {
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
interface Known {
  readonly multi: MultiByte;
  readonly leads: Uint8Array;
  readonly pairs: (Glyph | null | undefined)[];
}
const knownCharsets = new WeakMap<MultiByte, Known>();

function knownOf(multi: MultiByte): Known {
  let known = knownCharsets.get(multi);
  if (!known) {
    const leads = Uint8Array.from({ length: 256 }, (_, byte) => (multi.length([byte]) === undefined ? 0 : 1));
    known = { multi, leads, pairs: Array<Glyph | null | undefined>(0x10000) };
    knownCharsets.set(multi, known);
  }
  return known;
}

function pair({ multi, pairs }: Known, lead: number, trail: number): Glyph | null {
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
