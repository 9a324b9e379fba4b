import type { CodePage } from './ebcdic.ts';
import type { Source } from './source.ts';
import { noCharacters, type Put, putCharacters, putDigits, tooLong, type ValueCodec } from './value.ts';

/** Codecs of digits (n), tracks (z) and signed amounts (x), packed or as text. */

type DigitType = 'n' | 'z';

const EXPECTED: Readonly<Record<DigitType, string>> = {
  n: 'digits',
  z: 'digits, A to F for encrypted tracks and = as separator',
};

/** Nibbles of the characters that packed digits may be. */
function nibbles(digits: string): Int16Array {
  const table = noCharacters();
  for (const [nibble, character] of [...digits].entries()) table[character.charCodeAt(0)] = nibble;
  return table;
}
const NIBBLES: Readonly<Record<DigitType, Int16Array>> = {
  n: nibbles('0123456789'),
  z: nibbles('0123456789ABC=EF'),
};

/** What digits may be as text; the separator of a track may be = or D there. */
const TEXT: Readonly<Record<DigitType, string>> = { n: '0123456789', z: '0123456789ABCDEF=' };

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
  const put: Put = { of: 'digits', wire: NIBBLES[type], left, pad: padNibble };
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
    ...(!strips && { put }),
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
      if (!putDigits(sink.bytes, sink.at, value, put)) return sink.refuse(expected);
      if (strips && (units & 1) === 0 && units > 0) {
        const edge = put.wire[value.charCodeAt(left ? units - 1 : 0)];
        if (edge === padNibble) return sink.refuse(`no ${pad} at the side where it is padding`);
      }
      sink.at += (units + 1) >> 1;
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
  const wire = noCharacters();
  const legal = new Uint8Array(256);
  for (const character of TEXT[type]) {
    const code = character.charCodeAt(0);
    const byte = page ? (page.fromLatin1[code] ?? 0) : code;
    wire[code] = byte;
    legal[byte] = 1;
  }
  return {
    ...(!page && { cut: { of: 'characters', legal, expected } }),
    put: { of: 'characters', wire, left: true, pad: 0 },
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
      if (!putCharacters(sink.bytes, sink.at, value, wire)) return sink.refuse(expected);
      sink.at += units;
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
