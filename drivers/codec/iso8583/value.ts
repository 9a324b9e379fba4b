import type { Sink } from './sink.ts';
import type { Source } from './source.ts';

/**
 * One field's value ⇄ its bytes, without the length prefix. A value has *units*: digits of types n and z, characters of x,
 * bytes of the others; fixed lengths, maxima and prefixes count units.
 */
export interface ValueCodec {
  /** Bytes on the wire of so many units. */
  size(units: number): number;
  /** The value of `units` units from `at`; all its bytes are there. Refuses through the source. */
  read(source: Source, at: number, units: number): string;
  /**
   * For values that are simply cut out of a text of the whole frame: which bytes they may consist of, and what is expected
   * where another stands. The decoder then reads them itself, without a call for each field.
   */
  readonly cut?: Cut;
  /** For values whose characters each become a byte or a nibble: how. The encoder then writes them itself. */
  readonly put?: Put;
  /** Writes a value and moves the sink behind it; returns its units. Refuses what does not fit, and more than `most` units. */
  write(sink: Sink, value: string | Uint8Array, most: number): number;
}

export interface Cut {
  /** `characters`: one a byte, ASCII or Latin 1 · `digits`: two decimal ones a byte, even numbers of them only. */
  readonly of: 'characters' | 'digits';
  /** By byte value: 1 when it may stand there. */
  readonly legal: Uint8Array;
  readonly expected: string;
}

export interface Put {
  /** `characters`: one a byte · `digits`: two a byte. */
  readonly of: 'characters' | 'digits';
  /** By character code: byte or nibble; -1 for what may not stand there, as all codes above 255. */
  readonly wire: Int16Array;
  /** Of an odd number of packed digits: they stand at the left, the padding nibble at the right. */
  readonly left: boolean;
  readonly pad: number;
}

/** Writes a byte for each character; false when one of them has none, and what was written is worth nothing. */
export function putCharacters(into: Uint8Array, at: number, text: string, wire: Int16Array): boolean {
  const count = text.length;
  // An illegal character is minus one, whose sign stays.
  let all = 0;
  for (let i = 0; i < count; i++) {
    const byte = wire[text.charCodeAt(i)] ?? -1;
    all |= byte;
    into[at + i] = byte;
  }
  return all >= 0;
}

/** Writes a nibble for each character, two a byte; false as `putCharacters`. */
export function putDigits(
  into: Uint8Array,
  at: number,
  text: string,
  { wire, left, pad }: Pick<Put, 'wire' | 'left' | 'pad'>,
): boolean {
  let end = text.length;
  let next = at;
  let i = 0;
  let all = 0;
  if ((end & 1) === 1) {
    const edge = wire[text.charCodeAt(left ? --end : i++)] ?? -1;
    all = edge;
    if (left) into[at + (end >> 1)] = (edge << 4) | pad;
    else into[next++] = (pad << 4) | edge;
  }
  for (; i < end; i += 2) {
    const high = wire[text.charCodeAt(i)] ?? -1;
    const low = wire[text.charCodeAt(i + 1)] ?? -1;
    all |= high | low;
    into[next++] = (high << 4) | low;
  }
  return all >= 0;
}

/** A table for `Put` that knows no character yet. */
export const noCharacters = (): Int16Array => new Int16Array(256).fill(-1);

/** Nibbles of hex digits in either case, for `putDigits`. */
const HEX_WIRE = noCharacters();
for (let nibble = 0; nibble < 16; nibble++) {
  const digit = nibble.toString(16);
  HEX_WIRE[digit.charCodeAt(0)] = nibble;
  HEX_WIRE[digit.toUpperCase().charCodeAt(0)] = nibble;
}
export const HEX: Put = { of: 'digits', wire: HEX_WIRE, left: true, pad: 0 };

/** A value that is longer than its field may be. */
export const tooLong = (sink: Sink, most: number, found: number): never =>
  sink.refuse(
    sink.field && sink.field.fixed >= 0
      ? `a length of ${most}, found ${found}`
      : `a length of at most ${most}, found ${found}`,
  );
