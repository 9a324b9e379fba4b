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
  read(bytes: Uint8Array, start: number, end: number, isAscii: boolean): number;
  text(): string;
  readonly hasLatin: boolean;
  /** It has characters of the Latin and of the double-byte font. */
  readonly isMixed: boolean;
}

/** Node's own conversions, without the checks of `toString`. */
interface Slices {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
  ucs2Slice(this: Uint8Array, start: number, end: number): string;
}
const slices = Buffer.prototype as Buffer & Slices;
const codes = new Uint16Array(LENGTH_MAX);
const codesBytes = Buffer.from(codes.buffer);
const NO_LEADS = new Uint8Array(256);

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

/** The chunk that lines are being read from, as a whole: parts of a string cost less than strings of their own. */
let lastChunk: Uint8Array | undefined;
let lastString = '';
/** Of a larger chunk, one line would keep too much in memory. */
const CHUNK_MAX = 16 * 1024;

/** A chunk is over: its owner may write other bytes into it. */
export function forgetChunk(): void {
  lastChunk = undefined;
  lastString = '';
}

function latin1Of(bytes: Uint8Array, start: number, end: number): string {
  if (bytes.length > CHUNK_MAX) return slices.latin1Slice.call(bytes, start, end);
  if (bytes !== lastChunk) {
    lastChunk = bytes;
    lastString = slices.latin1Slice.call(bytes, 0, bytes.length);
  }
  return lastString.slice(start, end);
}

class Reader implements PlainReader {
  hasLatin = false;
  isMixed = false;
  #text: Uint8Array = codesBytes;
  #start = 0;
  #end = 0;
  readonly #single: Uint16Array;
  readonly #known: Known | undefined;
  /** False in countries that have letters in the place of some signs. */
  readonly #asciiIsAscii: boolean;

  constructor(single: Uint16Array, known: Known | undefined) {
    this.#single = single;
    this.#known = known;
    this.#asciiIsAscii = single.subarray(0x20, 0x7f).every((code, i) => code === i + 0x20);
  }

  read(bytes: Uint8Array, start: number, end: number, isAscii: boolean): number {
    if (end - start > LENGTH_MAX) return 0;
    if (!isAscii || !this.#asciiIsAscii) return this.#readCodes(bytes, start, end);
    this.hasLatin = true;
    this.isMixed = false;
    this.#text = bytes;
    this.#start = start;
    this.#end = end;
    return end - start;
  }

  #readCodes(bytes: Uint8Array, start: number, end: number): number {
    const single = this.#single;
    const leads = this.#known?.leads ?? NO_LEADS;
    const pairs = this.#known?.codes ?? NO_LEADS;
    let count = 0;
    let double = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] ?? 0;
      let code = 0;
      if (leads[byte] === 1) {
        const trail = ++i < end ? (bytes[i] ?? 0) : 0;
        code = pairs[byte * 256 + trail] ?? 0;
        if (code === 0 && this.#known) code = learn(this.#known, byte, trail);
        double++;
      } else code = single[byte] ?? 0;
      if (code === 0) return 0;
      codes[count++] = code;
    }
    this.#text = codesBytes;
    this.#start = 0;
    this.#end = count * 2;
    this.hasLatin = double < count;
    this.isMixed = double > 0 && this.hasLatin;
    return count + double;
  }

  text(): string {
    if (this.#text === codesBytes) return slices.ucs2Slice.call(codesBytes, this.#start, this.#end);
    return latin1Of(this.#text, this.#start, this.#end);
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
