import type { CodePage } from './ebcdic.ts';
import type { Source } from './source.ts';
import { tooLong, type ValueCodec } from './value.ts';

/** Codecs of digits (n), tracks (z) and signed amounts (x), packed or as text. */

type DigitType = 'n' | 'z';

const EXPECTED: Readonly<Record<DigitType, string>> = {
  n: 'digits',
  z: 'digits, A to F for encrypted tracks and = as separator',
};

const NONE = 255;

/** Nibble of every character code; 255 for those that are no digit. */
function nibbles(digits: string): Uint8Array {
  const table = new Uint8Array(128).fill(NONE);
  for (const [nibble, character] of [...digits].entries()) table[character.charCodeAt(0)] = nibble;
  return table;
}
const NIBBLES: Readonly<Record<DigitType, Uint8Array>> = {
  n: nibbles('0123456789'),
  z: nibbles('0123456789ABC=EF'),
};

/** What digits may be as text; the separator of a track may be = or D there. */
const TEXT: Readonly<Record<DigitType, string>> = { n: '0123456789', z: '0123456789ABCDEF=' };

const nibbleOf = (table: Uint8Array, code: number): number => (code < 128 ? (table[code] ?? NONE) : NONE);

/** 1 for a byte of two decimal digits. */
const BOTH_DECIMAL = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte <= 0x99 && (byte & 15) <= 9 ? 1 : 0,
);

export interface Packing {
  readonly type: DigitType;
  /** Side at which the digits stand when their number is odd. */
  readonly justify: 'left' | 'right';
  /** Nibble 0 to F at the other side. */
  readonly pad: string;
  /**
   * The prefix counts bytes, and the padding nibble tells whether the number of digits is odd: it is taken off when the
   * value is read.
   */
  readonly strips: boolean;
}

/** Two digits a byte. */
export function packedDigits({ type, justify, pad, strips }: Packing): ValueCodec {
  const left = justify === 'left';
  const padNibble = Number.parseInt(pad, 16);
  const table = NIBBLES[type];
  const expected = EXPECTED[type];

  const cut = (source: Source, at: number, bytes: number, odd: boolean): string => {
    const from = at * 2 + (odd && !left ? 1 : 0);
    const to = (at + bytes) * 2 - (odd && left ? 1 : 0);
    if (type === 'n') return decimal(source, at, bytes, from, to, expected);
    const text = source.hex.substring(from, to);
    const separator = text.indexOf('D');
    if (separator < 0) return text;
    const rest = text.substring(separator + 1);
    return `${text.substring(0, separator)}=${rest.includes('D') ? rest.replaceAll('D', '=') : rest}`;
  };
  return {
    ...(type === 'n' && !strips && { cut: { of: 'digits', legal: BOTH_DECIMAL, expected } }),
    size: (units) => (units + 1) >> 1,
    read(source, at, units) {
      const bytes = (units + 1) >> 1;
      if (bytes === 0) return '';
      const edge = source.bytes[left ? at + bytes - 1 : at] ?? 0;
      const found = left ? edge & 15 : edge >> 4;
      if (strips) return cut(source, at, bytes, found === padNibble);
      if ((units & 1) === 1 && found !== padNibble) {
        const text = `padding nibble is ${found.toString(16).toUpperCase()}, not ${pad}`;
        source.remark(source.field?.id ?? '', at, text);
      }
      return cut(source, at, bytes, (units & 1) === 1);
    },
    write(sink, value, most) {
      if (typeof value !== 'string') return sink.refuse(expected);
      const units = value.length;
      if (units > most) return tooLong(sink, most, units);
      const { bytes } = sink;
      let { at } = sink;
      let i = 0;
      const odd = (units & 1) === 1;
      if (odd && !left) {
        const low = nibbleOf(table, value.charCodeAt(i++));
        if (low === NONE) return sink.refuse(expected);
        bytes[at++] = (padNibble << 4) | low;
      }
      const pairs = odd && left ? units - 1 : units;
      while (i < pairs) {
        const high = nibbleOf(table, value.charCodeAt(i));
        const low = nibbleOf(table, value.charCodeAt(i + 1));
        if (high === NONE || low === NONE) return sink.refuse(expected);
        bytes[at++] = (high << 4) | low;
        i += 2;
      }
      if (odd && left) {
        const high = nibbleOf(table, value.charCodeAt(i));
        if (high === NONE) return sink.refuse(expected);
        bytes[at++] = (high << 4) | padNibble;
      }
      if (strips && !odd && units > 0) {
        const edge = nibbleOf(table, value.charCodeAt(left ? units - 1 : 0));
        if (edge === padNibble) return sink.refuse(`no ${pad} at the side where it is padding`);
      }
      sink.at = at;
      return units;
    },
  };
}

/** Decimal digits from nibble `from` to `to` of the frame; refuses others. */
function decimal(
  source: Source,
  at: number,
  count: number,
  from: number,
  to: number,
  expected: string,
): string {
  const { bytes } = source;
  const end = at + count;
  for (let i = at; i < end; i++) {
    if (BOTH_DECIMAL[bytes[i] ?? 0] === 1) continue;
    // A nibble that is padding may be anything.
    const byte = bytes[i] ?? 0;
    const highWrong = byte > 0x9f && i * 2 >= from;
    const lowWrong = (byte & 15) > 9 && i * 2 + 1 < to;
    if (highWrong || lowWrong) return source.refuse(i, `expected ${expected}`);
  }
  return source.hex.substring(from, to);
}

/** One digit a byte, ASCII, or EBCDIC with a code page. */
export function textDigits(type: DigitType, page: CodePage | undefined): ValueCodec {
  const expected = EXPECTED[type];
  const toWire = new Int16Array(128).fill(-1);
  const legal = new Uint8Array(256);
  for (const character of TEXT[type]) {
    const code = character.charCodeAt(0);
    const byte = page ? (page.fromLatin1[code] ?? 0) : code;
    toWire[code] = byte;
    legal[byte] = 1;
  }
  return {
    ...(!page && { cut: { of: 'characters', legal, expected } }),
    size: (units) => units,
    read(source, at, units) {
      const { bytes } = source;
      const end = at + units;
      for (let i = at; i < end; i++) {
        if (legal[bytes[i] ?? 0] !== 1) return source.refuse(i, `expected ${expected}`);
      }
      return (page ? source.ebcdic(page) : source.latin1).substring(at, end);
    },
    write(sink, value, most) {
      if (typeof value !== 'string') return sink.refuse(expected);
      const units = value.length;
      if (units > most) return tooLong(sink, most, units);
      const { bytes } = sink;
      const { at } = sink;
      for (let i = 0; i < units; i++) {
        const byte = toWire[value.charCodeAt(i)] ?? -1;
        if (byte < 0) return sink.refuse(expected);
        bytes[at + i] = byte;
      }
      sink.at = at + units;
      return units;
    },
  };
}

/** A fixed number of digits as a big-endian number in the fewest bytes that hold all of them. */
export function numberDigits(digits: number): ValueCodec {
  const most = 10 ** digits - 1;
  let size = 1;
  while (256 ** size - 1 < most) size++;
  return {
    size: () => size,
    read(source, at) {
      let value = 0;
      for (let i = at; i < at + size; i++) value = value * 256 + (source.bytes[i] ?? 0);
      return value > most
        ? source.refuse(at, `expected a number of at most ${digits} digits`)
        : String(value).padStart(digits, '0');
    },
    write(sink, value, limit) {
      if (typeof value !== 'string' || !/^\d*$/.test(value)) return sink.refuse(EXPECTED.n);
      if (value.length > limit) return tooLong(sink, limit, value.length);
      let rest = Number(value);
      for (let i = sink.at + size - 1; i >= sink.at; i--) {
        sink.bytes[i] = rest % 256;
        rest = Math.floor(rest / 256);
      }
      sink.at += size;
      return value.length;
    },
  };
}

/**
 * C or D as a character, then digits: fees and net amounts (x+n of the standard). Many senders know no sign here and fill
 * its place with a digit, so that is taken as well.
 */
export function signedDigits(digits: ValueCodec, page: CodePage | undefined): ValueCodec {
  const expected = 'C or D (or a digit) and digits';
  return {
    size: (units) => 1 + digits.size(units - 1),
    read(source, at, units) {
      const byte = source.bytes[at] ?? 0;
      const sign = String.fromCharCode(page ? (page.toLatin1[byte] ?? 0) : byte);
      if (!SIGN.test(sign)) return source.refuse(at, `expected ${expected}`);
      return sign + digits.read(source, at + 1, units - 1);
    },
    write(sink, value, most) {
      if (typeof value !== 'string' || !SIGN.test(value)) return sink.refuse(expected);
      if (value.length !== most) return tooLong(sink, most, value.length);
      const code = value.charCodeAt(0);
      sink.bytes[sink.at++] = page ? (page.fromLatin1[code] ?? 0) : code;
      return 1 + digits.write(sink, value.slice(1), most - 1);
    },
  };
}

const SIGN = /^[CD\d]/;
