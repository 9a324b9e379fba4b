import { type Glyph, type GlyphSettings, type Known, knownOf, pair, singles } from './glyphs.ts';

/** Longest text read at once, bytes. */
const LENGTH_MAX = 4096;
/** Characters of a chunk that are kept before their text is made. */
const CODES_MAX = 4 * LENGTH_MAX;

/**
 * Reads text that is as simple as most is: every character in the basic plane, with as many cells as Unicode says. It
 * reads a line at a time and makes no glyphs, and strings for a whole chunk at once; that is most of a decoder's speed.
 * What `read` says stands until the next one.
 */
export interface PlainReader {
  /**
   * Half-width cells of the text from `start` to the next control byte or the end of the bytes; 0: it is not plain, and
   * must be read glyph by glyph.
   */
  read(bytes: Uint8Array, start: number): number;
  /** Where that text ends in the bytes. */
  readonly end: number;
  /** It is ASCII: its text is `asciiText`, and it is not among the characters of the chunk. */
  readonly isAscii: boolean;
  /** Where it stands among the characters of the chunk. */
  readonly from: number;
  readonly to: number;
  readonly hasLatin: boolean;
  /** It has characters of the Latin and of the double-byte font. */
  readonly isMixed: boolean;
}

/** Node's own conversions, without the checks of `toString`. */
interface Slices {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
  ucs2Slice(this: Uint8Array, start: number, end: number): string;
}
const { latin1Slice, ucs2Slice } = Buffer.prototype as Buffer & Slices;

/** The characters of the chunk so far, UTF-16; a reader writes behind them what nobody has taken yet. */
const codes = new Uint16Array(CODES_MAX);
const codesBytes = Buffer.from(codes.buffer);
let used = 0;

/** What gets its text when the chunk is over, and from where. */
const waiting: { text: string }[] = [];
const begins = new Uint16Array(CODES_MAX);
const ends = new Uint16Array(CODES_MAX);

/** Whether there is room for one more `read`. */
export const hasRoom = (): boolean => used + LENGTH_MAX <= CODES_MAX;
/** What was read is in use: the next text comes behind it. */
export const take = (to: number): void => {
  used = to;
};
export const textNow = (from: number, to: number): string => ucs2Slice.call(codesBytes, from * 2, to * 2);
/** The text of `target` is filled in by `fillTexts`, together with all others: parts of a string cost less than strings of their own. */
export function textLater(target: { text: string }, from: number, to: number): void {
  // Every text takes a character at least: there is room.
  begins[waiting.length] = from;
  ends[waiting.length] = to;
  waiting.push(target);
}

/** Fills in what was promised by `textLater`. */
export function fillTexts(): void {
  if (waiting.length === 0) return;
  const all = textNow(0, used);
  for (let i = 0; i < waiting.length; i++) {
    const target = waiting[i];
    if (target) target.text = all.slice(begins[i], ends[i]);
  }
  waiting.length = 0;
}

/** A part of the chunk that ASCII text is being read from, as a string, and where in the chunk it lies. */
let asciiChunk: Uint8Array | undefined;
let ascii = '';
let asciiFrom = 0;
let asciiTo = 0;
/** Longest such part: one line keeps all of it in memory. */
const ASCII_MAX = 4 * LENGTH_MAX;

/** A chunk is over: its owner may write other bytes into it, and no place among its characters means anything. */
export function forgetChunk(): void {
  fillTexts();
  used = 0;
  asciiChunk = undefined;
  ascii = '';
}

/** Text that is all ASCII, at most as long as what is read at once. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  if (bytes !== asciiChunk || start < asciiFrom || end > asciiTo) {
    asciiChunk = bytes;
    asciiFrom = start;
    asciiTo = Math.min(bytes.length, start + ASCII_MAX);
    ascii = latin1Slice.call(bytes, start, asciiTo);
  }
  return ascii.slice(start - asciiFrom, end - asciiFrom);
}

/** Codes of what is plain; 0: it is not. */
const plainCode = ({ char, natural }: Glyph): number =>
  natural && char.length === 1 ? char.charCodeAt(0) : 0;

/** In the place of a code: the byte begins a character of two. No such character is ever printed. */
const LEAD = 1;

class Reader implements PlainReader {
  hasLatin = false;
  isMixed = false;
  isAscii = false;
  end = 0;
  from = 0;
  to = 0;
  /** The bytes 0x20 to 0x7e are what they are in ASCII. */
  readonly #asciiIsAscii: boolean;
  /** By byte: its code, `LEAD`, or 0 for what is not plain. */
  readonly #single: Uint16Array;
  /** By lead * 256 + trail; 0: not plain, or not met so far. */
  readonly #pairs: Uint16Array;
  readonly #known: Known | undefined;

  constructor(table: readonly Glyph[], known: Known | undefined) {
    this.#known = known;
    this.#pairs = new Uint16Array(known ? 0x10000 : 0);
    this.#single = Uint16Array.from(table, (glyph, byte) =>
      byte < 0x20 ? 0 : known?.leads[byte] === 1 ? LEAD : plainCode(glyph),
    );
    this.#asciiIsAscii = this.#single.subarray(0x20, 0x7f).every((code, i) => code === i + 0x20);
  }

  read(bytes: Uint8Array, start: number): number {
    const limit = Math.min(bytes.length, start + LENGTH_MAX);
    if (this.#asciiIsAscii) {
      let at = start;
      let byte = bytes[at] ?? 0;
      while (byte >= 0x20 && byte < 0x7f && ++at < limit) byte = bytes[at] ?? 0;
      if (at === bytes.length || byte < 0x20) {
        this.end = at;
        this.isAscii = this.hasLatin = true;
        this.isMixed = false;
        return at - start;
      }
    }
    return this.#readAny(bytes, start, limit);
  }

  #readAny(bytes: Uint8Array, start: number, limit: number): number {
    const single = this.#single;
    const pairs = this.#pairs;
    const isDouble = this.#known !== undefined;
    let at = start;
    let to = used;
    while (at < limit) {
      const byte = bytes[at] ?? 0;
      let code = 0;
      if (byte < 0x80 || !isDouble) {
        if (byte < 0x20) break;
        code = single[byte] ?? 0;
        at++;
      } else if (at + 1 < limit) {
        // What is no pair is 0 here; asking the pairs first is what makes Chinese text fast.
        const trail = bytes[at + 1] ?? 0;
        code = pairs[(byte << 8) | trail] ?? 0;
        if (code !== 0) at += 2;
        else {
          code = single[byte] ?? 0;
          at += code === LEAD ? 2 : 1;
          if (code === LEAD) code = this.#learn(byte, trail);
        }
      }
      if (code <= LEAD) return 0;
      codes[to++] = code;
    }
    // The rest of a longer text could begin in the middle of a character.
    if (at === limit && limit < bytes.length) return 0;
    this.end = at;
    this.from = used;
    this.to = to;
    // Each character takes as many cells as it has bytes.
    const cells = at - start;
    const count = to - used;
    this.isAscii = false;
    this.hasLatin = count * 2 > cells;
    this.isMixed = this.hasLatin && count < cells;
    return cells;
  }

  /** The code of a character of two bytes that is met for the first time. */
  #learn(lead: number, trail: number): number {
    const glyph = this.#known ? pair(this.#known, lead, trail) : null;
    const code = glyph && glyph.cells === 2 ? plainCode(glyph) : 0;
    this.#pairs[lead * 256 + trail] = code;
    return code;
  }
}

const readers = new WeakMap<readonly Glyph[], Map<Known | undefined, Reader>>();
/** Most commands change nothing of what decides. */
let last:
  | { readonly table: readonly Glyph[]; readonly known: Known | undefined; readonly reader: Reader }
  | undefined;

/** How plain text is read with these settings; undefined where bytes below 0x80 begin characters. */
export function plainReader(settings: Readonly<GlyphSettings>): PlainReader | undefined {
  const known = settings.multiOn ? knownOf(settings.multi) : undefined;
  if (known?.leadsLow) return undefined;
  const table = singles(settings);
  if (last?.table === table && last.known === known) return last.reader;
  const byCharset = readers.get(table) ?? new Map<Known | undefined, Reader>();
  readers.set(table, byCharset);
  const reader = byCharset.get(known) ?? new Reader(table, known);
  byCharset.set(known, reader);
  last = { table, known, reader };
  return reader;
}
