import { luhnValid } from '../model/card.ts';

/**
 * Account numbers of cards that nobody named: a person's own card in the reader, a number in somebody else's test data.
 * Known cards are found in every form by the automata; an unknown one only where its shape leaves little doubt, because
 * every fourth number in a protocol would look like one otherwise: the right length for the scheme that its first digits
 * belong to, the right check digit, and a frame around it (see `foreignIn`).
 */

/** First digits and lengths of the schemes (ISO/IEC 7812; the ranges that the schemes publish). */
const SCHEMES: readonly (readonly [prefix: RegExp, lengths: readonly number[]])[] = [
  [/^4/, [13, 16, 19]], // Visa
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]], // Mastercard
  [/^3[47]/, [15]], // American Express
  [/^(?:30[0-5]|309|36|3[89])/, [14, 16, 19]], // Diners Club
  [/^35(?:2[89]|[3-8])/, [16, 17, 18, 19]], // JCB
  [/^(?:62|81[0-6]|817[01])/, [16, 17, 18, 19]], // UnionPay
  [/^(?:6011|64[4-9]|65)/, [16, 19]], // Discover
  [/^(?:220[0-4])/, [16, 19]], // Mir
  [/^(?:50|5[6-8]|6[037])/, [16, 18, 19]], // Maestro, RuPay, Elo
];
const SHORTEST = 13;
const LONGEST = 19;

/** Digits that stay in sight (PCI DSS 3.4.1). */
const SHOWN_FIRST = 6;
const SHOWN_LAST = 4;

/** Does this look like an account number that somebody may have been issued? */
export const looksIssued = (digits: string): boolean =>
  SCHEMES.some(([prefix, lengths]) => lengths.includes(digits.length) && prefix.test(digits)) &&
  luhnValid(digits) &&
  !/^(\d)\1+$/.test(digits);

/** Half bytes from `from` up to, not including, `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** So many half bytes before a chunk are looked at again with it: a number and its frame fit. Even. */
export const CONTEXT = 96;

const TEXT_RUN = /3\d(?:(?:20|2d)?3\d){12,}/g;
/** What stands behind the digits of a track 2: separator, expiry, service code, the rest. */
const TRACK_2_REST = /d\d\d(?:0[1-9]|1[0-2])\d{3}\d*/y;

/** What a byte that may stand before packed digits is. */
const NUMBER_LENGTH = 1; // 13 to 19
const TAG = 2; // 5A, 57: a length of its own follows
const TRACK_LENGTH = 3; // 20 to 37; as text these are blanks and digits, so they are looked at only where they count
const FRAMES = new Uint8Array(256);
for (const byte of [0x5a, 0x57]) FRAMES[byte] = TAG;
for (let digits = SHORTEST; digits <= 37; digits++)
  FRAMES[Math.floor(digits / 10) * 16 + (digits % 10)] = digits <= LONGEST ? NUMBER_LENGTH : TRACK_LENGTH;
/** Bytes that are two packed digits. */
const PACKED = new Uint8Array(256).map((_, byte) => (byte >> 4 < 10 && (byte & 15) < 10 ? 1 : 0));
/** What a byte may be in text: a digit (1), or what stands between two groups of them (2). */
const TEXT = new Uint8Array(256).map((_, byte) =>
  byte >= 0x30 && byte <= 0x39 ? 1 : byte === 0x20 || byte === 0x2d ? 2 : 0,
);
/** More digits as text than may be shown. */
const ENDS_IN_TEXT = /(?:3\d(?:20|2d)?){7}$/;
/** Bytes that a packed number may begin with: no scheme has any that begin with 1, 7 or 9; an odd number is filled up by 0. */
const OPENS = new Uint8Array(256).map((_, byte) =>
  /^(?:[234568]|0[234568])/.test(byte.toString(16).padStart(2, '0')) ? (PACKED[byte] ?? 0) : 0,
);
/** Most bytes that a number takes behind its frame. */
const MOST_BYTES = 10;

/** What a first look at bytes finds; most bytes are done with it. */
interface Glance {
  /** So many digits as text as a number has, with nothing but separators between them. */
  readonly text: boolean;
  /** A half byte that may separate a number from what follows on track 2. */
  readonly separator: boolean;
}

function glance(bytes: Uint8Array): Glance {
  let run = 0;
  let text = false;
  let separator = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    const kind = TEXT[byte];
    if (kind === 0) {
      run = 0;
      if ((byte & 0xf0) === 0xd0 || (byte & 0x0f) === 0x0d) separator = true;
    } else if (kind === 1) {
      if (++run >= SHORTEST) text = true;
    } else if (byte === 0x2d) separator = true;
  }
  return { text, separator };
}

interface Packed {
  /** Where the digits begin, byte. */
  readonly at: number;
  readonly digits: string;
  /** Hex of what stands before them. */
  readonly frame: string;
}

/** Packed digits behind every frame in `bytes`, as far as they go; behind lengths of tracks if asked for. */
function packed(bytes: Uint8Array, tracks: boolean): readonly Packed[] {
  let found: Packed[] | undefined;
  for (let i = 0; i < bytes.length; i++) {
    const kind = FRAMES[bytes[i] ?? 0] ?? 0;
    if (kind === 0 || (kind === TRACK_LENGTH && !tracks)) continue;
    let at = i + 1;
    if (kind === TAG) {
      const length = bytes[at] ?? 8;
      if (length < 7 || length > 0x13) continue;
      at++;
    }
    if (OPENS[bytes[at] ?? 0] === 0) continue;
    let end = at;
    while (end < bytes.length && end - at < MOST_BYTES && PACKED[bytes[end] ?? 0] === 1) end++;
    const half = end - at < MOST_BYTES && (bytes[end] ?? 0xff) >> 4 < 10 ? 1 : 0;
    if (end - at < 4) continue;
    const digits = Buffer.from(bytes.subarray(at, end + half))
      .toString('hex')
      .slice(0, (end - at) * 2 + half);
    found ??= [];
    found.push({ at, digits, frame: Buffer.from(bytes.subarray(i, at)).toString('hex') });
  }
  return found ?? NOTHING;
}

const NOTHING: readonly Packed[] = [];

/**
 * Where account numbers of unknown cards stand in bytes: digits as text that stand alone, in groups, behind their length
 * or before a track separator; packed digits behind their length or behind tag 5A, or before the separator and the expiry
 * of track 2, whose rest is hidden, too.
 */
export function foreignIn(bytes: Uint8Array): readonly Span[] {
  const { text, separator } = glance(bytes);
  // A track is told by its separator: see `spansOfTracks`.
  const found = packed(bytes, false);
  if (!text && !separator && found === NOTHING) return NO_SPANS;
  const spans: Span[] = [];
  const hex = text || separator ? hexOf(bytes) : '';
  if (text) for (const { index, 0: run } of hex.matchAll(TEXT_RUN)) spansOfText(hex, index, run, spans);
  for (const { at, digits, frame } of found) {
    const number = numberIn(frame, digits);
    if (number) spans.push(middle(at * 2 + number.shift, number.length));
  }
  if (separator) spansOfTracks(hex, spans);
  return spans;
}

const NO_SPANS: readonly Span[] = [];

const hexOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');

function spansOfTracks(hex: string, spans: Span[]): void {
  for (let separator = hex.indexOf('d'); separator >= 0; separator = hex.indexOf('d', separator + 1)) {
    if (separator < SHORTEST) continue;
    TRACK_2_REST.lastIndex = separator;
    const track = TRACK_2_REST.exec(hex)?.[0];
    if (track === undefined) continue;
    const length = longestIssued(
      /\d*$/.exec(hex.slice(Math.max(0, separator - LONGEST), separator))?.[0] ?? '',
    );
    if (length > 0)
      spans.push(middle(separator - length, length), { from: separator + 1, to: separator + track.length });
  }
}

/**
 * From which half byte on `bytes` may still become such a number once more bytes come; undefined: nowhere. The digits
 * that may be shown are not kept back.
 */
export function unfinishedIn(bytes: Uint8Array): number | undefined {
  const inText = TEXT[bytes.at(-1) ?? 0] !== 0;
  const end = bytes.subarray(-(MOST_BYTES + 6));
  const framed = packed(end, true);
  if (!inText && framed === NOTHING) return undefined;
  const tail = hexOf(bytes.subarray(-CONTEXT / 2));
  const skipped = bytes.length * 2 - tail.length;
  let first = tail.length;
  const run = inText && ENDS_IN_TEXT.test(tail) ? /(?:3\d(?:20|2d)?)+$/.exec(tail) : null;
  if (run && run.index % 2 === 0 && run[0].length > 2 * SHOWN_FIRST) {
    const text = Buffer.from(run[0], 'hex').toString('latin1');
    for (const { index } of text.matchAll(/(?<![0-9])(?=\d)|(?<=1[3-9])(?=\d)|(?<=^1[3-9])/g)) {
      const digits = text.slice(index).replace(/\D/g, '');
      if (digits.length > SHOWN_FIRST && digits.length < LONGEST && mayBecome(digits))
        first = Math.min(first, run.index + 2 * (index + SHOWN_FIRST));
    }
  }
  for (const { at: from, digits } of framed) {
    const at = from + tail.length / 2 - end.length;
    // Behind the digits of a track its separator, and so much of what follows as tells that it is one.
    if (digits.length > LONGEST || !/^f?$|^d\d{0,6}$/.test(tail.slice(at * 2 + digits.length))) continue;
    // Digits as text look like packed ones, too.
    if (/^(?:3\d)+3?$/.test(digits)) continue;
    const shift = digits.startsWith('0') ? 1 : 0;
    if (mayBecome(digits.slice(shift))) first = Math.min(first, at * 2 + shift + SHOWN_FIRST);
  }
  return first < tail.length ? skipped + first - (first % 2) : undefined;
}

const mayBecome = (digits: string): boolean => SCHEMES.some(([prefix]) => prefix.test(digits));

/** The number behind its length or the length of its track; where it begins in `digits`. */
function numberIn(
  frame: string,
  digits: string,
): { readonly shift: number; readonly length: number } | undefined {
  // An odd number of digits is filled up in front (0) or behind.
  for (const shift of digits.startsWith('0') ? [1, 0] : [0]) {
    for (const length of lengthsIn(frame)) {
      if (looksIssued(digits.slice(shift, shift + length)) && digits.length - shift >= length)
        return { shift, length };
    }
  }
  return undefined;
}

/** How long a number behind this length can be; tracks are told by their separator, which stands behind all digits. */
function lengthsIn(frame: string): readonly number[] {
  if (frame.startsWith('5a')) {
    const digits = Number.parseInt(frame.slice(2), 16) * 2;
    return [digits, digits - 1];
  }
  const length = Number(frame);
  return length >= SHORTEST && length <= LONGEST ? [length] : [];
}

/** The text with the middle of every such number starred. Numbers that letters or digits touch are something else. */
export function withoutForeign(text: string): string {
  if (text.length < SHORTEST || !/\d(?:[ -]?\d){12}/.test(text)) return text;
  return text.replace(/(?<![0-9A-Za-z.])\d(?:[ -]?\d){12,}(?![0-9A-Za-z])/g, (run) => {
    const chars = [...run];
    for (const [from, length] of issuedIn(run)) {
      let seen = 0;
      for (let at = from; seen < length && at < chars.length; at++) {
        if (!/\d/.test(run[at] ?? '')) continue;
        if (seen >= SHOWN_FIRST && seen < length - SHOWN_LAST) chars[at] = '*';
        seen++;
      }
    }
    return chars.join('');
  });
}

/** Numbers in a run of digits and single separators: from one end of a group to another. */
function* issuedIn(run: string): Iterable<readonly [from: number, length: number]> {
  const starts = [0, ...[...run.matchAll(/[ -]/g)].map(({ index }) => index + 1)];
  for (const from of starts) {
    for (const to of [...starts.filter((start) => start > from).map((start) => start - 1), run.length]) {
      const digits = run.slice(from, to).replace(/\D/g, '');
      if (digits.length > LONGEST) break;
      if (looksIssued(digits)) yield [from, digits.length];
    }
  }
}

function spansOfText(hex: string, index: number, run: string, spans: Span[]): void {
  if (index % 2 === 1) return;
  const text = Buffer.from(run, 'hex').toString('latin1');
  const hide = (from: number, length: number) => {
    let seen = 0;
    for (let at = from; seen < length; at++) {
      if (!/\d/.test(text[at] ?? '')) continue;
      if (seen >= SHOWN_FIRST && seen < length - SHOWN_LAST)
        spans.push({ from: index + at * 2, to: index + at * 2 + 2 });
      seen++;
    }
  };
  for (const [from, length] of issuedIn(text)) hide(from, length);
  // Behind its own length, as LLVAR fields have it: what follows may be anything.
  for (const { index: at } of text.matchAll(/(?=1[3-9]\d{13})/g)) {
    const digits = text.slice(at + 2, at + 2 + Number(text.slice(at, at + 2)));
    if (/^\d+$/.test(digits) && looksIssued(digits)) hide(at + 2, digits.length);
  }
  // Track 2 as text: = or D, then expiry and service code.
  const after = index + run.length;
  const track = /^(?:3d|44|64)3\d3\d3[01]3\d(?:3\d)*/.exec(hex.slice(after, after + 60));
  const length = track ? longestIssued(/\d+$/.exec(text)?.[0] ?? '') : 0;
  if (!track || length === 0) return;
  hide(text.length - length, length);
  spans.push({ from: after + 2, to: after + track[0].length });
}

/** The longest number that ends where `digits` end. */
function longestIssued(digits: string): number {
  for (let length = Math.min(LONGEST, digits.length); length >= SHORTEST; length--)
    if (looksIssued(digits.slice(-length))) return length;
  return 0;
}

const middle = (from: number, length: number): Span => ({
  from: from + SHOWN_FIRST,
  to: from + length - SHOWN_LAST,
});
