import type { Plan } from './plan.ts';
import type { Source } from './source.ts';

/** Bitmaps as 32-bit words, two a bitmap; bit 1 of the standard is the highest bit of the first word. */

const NONE = 255;
const NIBBLE = new Uint8Array(256).fill(NONE);
for (let i = 0; i < 16; i++) {
  NIBBLE[i.toString(16).charCodeAt(0)] = i;
  NIBBLE[i.toString(16).toUpperCase().charCodeAt(0)] = i;
}
const DIGITS = new TextEncoder().encode('0123456789ABCDEF');

/** The two words of the bitmap at an offset. Bytes are there. Refuses what is no hex text. */
export function readBitmap(plan: Plan, source: Source, at: number): number[] {
  if (plan.bitmapSize === 8) {
    const b = source.bytes;
    return [
      ((b[at] ?? 0) << 24) | ((b[at + 1] ?? 0) << 16) | ((b[at + 2] ?? 0) << 8) | (b[at + 3] ?? 0),
      ((b[at + 4] ?? 0) << 24) | ((b[at + 5] ?? 0) << 16) | ((b[at + 6] ?? 0) << 8) | (b[at + 7] ?? 0),
    ];
  }
  const translate = plan.dialect.bitmap === 'ebcdic-hex' ? plan.page.toLatin1 : undefined;
  let lower = false;
  let first = 0;
  let word = 0;
  for (let half = 0; half < 2; half++) {
    first = word;
    word = 0;
    for (let i = at + half * 8; i < at + half * 8 + 8; i++) {
      const byte = source.bytes[i] ?? 0;
      const character = translate ? (translate[byte] ?? 0) : byte;
      const nibble = NIBBLE[character] ?? NONE;
      if (nibble === NONE) source.refuseFrame(at, 'bitmap: expected 16 hex characters');
      if (character > 0x60) lower = true;
      word = (word << 4) | nibble;
    }
  }
  if (lower) source.remark('bitmap', at, 'hex text in lower case');
  return [first, word];
}

/** Writes the first `count` words as bitmaps from an offset, 8 bytes or 16 hex characters for every two of them. */
export function writeBitmap(
  plan: Plan,
  into: Uint8Array,
  at: number,
  words: Int32Array,
  count: number,
): void {
  const binary = plan.bitmapSize === 8;
  const translate = plan.dialect.bitmap === 'ebcdic-hex' ? plan.page.fromLatin1 : undefined;
  let next = at;
  for (let i = 0; i < count; i++) {
    const word = words[i] ?? 0;
    for (let shift = binary ? 24 : 28; shift >= 0; shift -= binary ? 8 : 4) {
      if (binary) {
        into[next++] = (word >>> shift) & 0xff;
      } else {
        const digit = DIGITS[(word >>> shift) & 15] ?? 0;
        into[next++] = translate ? (translate[digit] ?? 0) : digit;
      }
    }
  }
}

/** Number of the last bit that is set; 0 when none is. */
export function lastBit(words: readonly number[]): number {
  for (let i = words.length - 1; i >= 0; i--) {
    const word = words[i] ?? 0;
    if (word !== 0) return i * 32 + Math.clz32(word & -word) + 1;
  }
  return 0;
}

/** How many bits are set, those included that say that another bitmap follows. */
export function countOf(words: readonly number[]): number {
  let count = 0;
  for (let i = 0; i < words.length; i++) {
    let word = words[i] ?? 0;
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

/** Numbers of the fields that are there, in order: without the bits that say that another bitmap follows. */
export function bitsOf(words: readonly number[], tertiary: boolean): number[] {
  const bits: number[] = [];
  for (let bit = 2; bit <= words.length * 32; bit++) {
    const set = ((words[(bit - 1) >> 5] ?? 0) & (0x80000000 >>> ((bit - 1) & 31))) !== 0;
    if (set && !(bit === 65 && tertiary)) bits.push(bit);
  }
  return bits;
}
