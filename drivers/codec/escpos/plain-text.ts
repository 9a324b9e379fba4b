import { type Glyph, type GlyphSettings, type Known, knownOf, pair, singles } from './glyphs.ts';

/** Longest text read at once, bytes. */
const LENGTH_MAX = 4096;

/**
 * Reads text that is as simple as most is: every character in the basic plane, with as many cells as Unicode says. It
 * reads a line at a time and makes no glyphs; that is most of a decoder's speed. The result of `read` stands until the
 * next one.
 */
export interface PlainReader {
  /** Half-width cells of the text from `start` to `end`; 0: it is not plain, and must be read glyph by glyph. */
  read(bytes: Uint8Array, start: number, end: number): number;
  text(): string;
  readonly hasLatin: boolean;
  /** It has characters of the Latin and of the double-byte font. */
  readonly isMixed: boolean;
}

/** Node's own conversions, without the checks of `toString`. */
interface Slices {
  latin1Slice(start: number, end: number): string;
  ucs2Slice(start: number, end: number): string;
}
const codes = new Uint16Array(LENGTH_MAX);
const wide = Buffer.from(codes.buffer) as Buffer & Slices;
const narrow = Buffer.alloc(LENGTH_MAX) as Buffer & Slices;

/** Codes of what is plain; 0: it is not. */
const plainCode = ({ char, natural }: Glyph): number =>
  natural && char.length === 1 ? char.charCodeAt(0) : 0;

const codesOfTables = new WeakMap<readonly Glyph[], Uint16Array>();
function codesOf(table: readonly Glyph[]): Uint16Array {
  let found = codesOfTables.get(table);
  if (!found) {
    found = Uint16Array.from(table, plainCode);
    codesOfTables.set(table, found);
  }
  return found;
}

/** The code of a character of two bytes that is met for the first time. */
function learn(known: Known, lead: number, trail: number): number {
  const glyph = trail === 0 ? null : pair(known, lead, trail);
  const code = glyph && glyph.cells === 2 ? plainCode(glyph) : 0;
  known.codes[lead * 256 + trail] = code;
  return code;
}

class Reader implements PlainReader {
  hasLatin = false;
  isMixed = false;
  #count = 0;
  #isNarrow = true;
  readonly #single: Uint16Array;
  readonly #known: Known | undefined;

  constructor(single: Uint16Array, known: Known | undefined) {
    this.#single = single;
    this.#known = known;
  }

  read(bytes: Uint8Array, start: number, end: number): number {
    if (end - start > LENGTH_MAX) return 0;
    const single = this.#single;
    const leads = this.#known?.leads;
    let count = 0;
    let double = 0;
    let all = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] ?? 0;
      let code = 0;
      if (byte >= 0x80 && this.#known && leads && leads[byte] === 1) {
        const trail = ++i < end ? (bytes[i] ?? 0) : 0;
        code = this.#known.codes[byte * 256 + trail] || learn(this.#known, byte, trail);
        double++;
      } else code = single[byte] ?? 0;
      if (code === 0) return 0;
      all |= code;
      codes[count] = code;
      narrow[count++] = code;
    }
    this.#count = count;
    this.#isNarrow = all < 0x100;
    this.hasLatin = double < count;
    this.isMixed = double > 0 && this.hasLatin;
    return count + double;
  }

  text(): string {
    return this.#isNarrow ? narrow.latin1Slice(0, this.#count) : wide.ucs2Slice(0, this.#count * 2);
  }
}

const readers = new WeakMap<Uint16Array, Map<Known | undefined, Reader>>();

/** How plain text is read with these settings; undefined where bytes below 0x80 begin characters. */
export function plainReader(settings: Readonly<GlyphSettings>): PlainReader | undefined {
  const known = settings.multiOn ? knownOf(settings.multi) : undefined;
  if (known?.leadsLow) return undefined;
  const single = codesOf(singles(settings));
  const byCharset = readers.get(single) ?? new Map<Known | undefined, Reader>();
  readers.set(single, byCharset);
  const reader = byCharset.get(known) ?? new Reader(single, known);
  byCharset.set(known, reader);
  return reader;
}
