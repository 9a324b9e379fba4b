import iconv from 'iconv-lite';

/** How a byte stream in a multi-byte charset splits into characters. */
export interface MultiByte {
  readonly name: string;
  /**
   * The length of the character that `bytes` begin, 1 to 4; undefined: no character begins like this (a stray byte);
   * more than `bytes.length`: that many are needed to say more.
   */
  length(bytes: readonly number[]): number | undefined;
  /** One character, or a text. */
  decode(bytes: readonly number[]): string;
}

type Range = readonly [from: number, to: number];
const inside = (byte: number, ranges: readonly Range[]) => ranges.some(([a, b]) => byte >= a && byte <= b);

function doubleByte(
  name: string,
  encoding: string,
  lead: readonly Range[],
  trail: readonly Range[],
): MultiByte {
  return {
    name,
    length: ([first = 0, second]) => {
      if (!inside(first, lead)) return undefined;
      if (second === undefined) return 2;
      return inside(second, trail) ? 2 : undefined;
    },
    decode: remembered((bytes) => iconv.decode(Buffer.from(bytes), encoding)),
  };
}

/** A decoder is made for every character: a receipt's few hundred different ones are worth remembering, the rest is not. */
const REMEMBERED = 4096;
const CHARACTER_MAX = 4;

function remembered(decode: MultiByte['decode']): MultiByte['decode'] {
  const known = new Map<number, string>();
  return (bytes) => {
    // Longer ones are texts, not characters; they have no number of their own.
    if (bytes.length > CHARACTER_MAX) return decode(bytes);
    const code = bytes.reduce((sum, byte) => sum * 256 + byte, bytes.length);
    let text = known.get(code);
    if (text === undefined) {
      text = decode(bytes);
      if (known.size >= REMEMBERED) known.clear();
      known.set(code, text);
    }
    return text;
  };
}

const FOUR_LEAD: readonly Range[] = [[0x81, 0xfe]];
const FOUR_DIGIT: readonly Range[] = [[0x30, 0x39]];
const gbTwo = doubleByte('gb18030', 'gb18030', FOUR_LEAD, [
  [0x40, 0x7e],
  [0x80, 0xfe],
]);

/** GB 18030: GBK's two bytes, or four: lead, digit, lead, digit. Used for GBK and GB 2312 too, which it contains. */
const gb18030: MultiByte = {
  ...gbTwo,
  length: (bytes) => {
    const [first = 0, second, third, fourth] = bytes;
    if (second === undefined || !inside(second, FOUR_DIGIT)) return gbTwo.length(bytes);
    if (!inside(first, FOUR_LEAD)) return undefined;
    if (third === undefined) return 3;
    if (!inside(third, FOUR_LEAD)) return undefined;
    if (fourth === undefined) return 4;
    return inside(fourth, FOUR_DIGIT) ? 4 : undefined;
  },
};

const utf8: MultiByte = {
  name: 'utf-8',
  length: (bytes) => {
    const first = bytes[0] ?? 0;
    const length = first >= 0xf0 && first <= 0xf4 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    if (length === 0 || first > 0xf4) return undefined;
    const trails = bytes.slice(1, length);
    return trails.every((byte) => byte >= 0x80 && byte <= 0xbf) ? length : undefined;
  },
  decode: (bytes) => Buffer.from(bytes).toString('utf8'),
};

/** `FS C 0` on Japanese models: 7-bit JIS X 0208 pairs while double-byte mode is on. */
const jis: MultiByte = {
  ...doubleByte('jis', 'eucjp', [[0x21, 0x7e]], [[0x21, 0x7e]]),
  decode: (bytes) => iconv.decode(Buffer.from(bytes.map((byte) => byte | 0x80)), 'eucjp'),
};

const big5 = doubleByte(
  'big5',
  'big5',
  [[0x81, 0xfe]],
  [
    [0x40, 0x7e],
    [0xa1, 0xfe],
  ],
);
const shiftJis = doubleByte(
  'shift_jis',
  'shift_jis',
  [
    [0x81, 0x9f],
    [0xe0, 0xfc],
  ],
  [
    [0x40, 0x7e],
    [0x80, 0xfc],
  ],
);
const eucKr = doubleByte(
  'euc-kr',
  'cp949',
  [[0x81, 0xfe]],
  [
    [0x41, 0x5a],
    [0x61, 0x7a],
    [0x81, 0xfe],
  ],
);

/** Charsets by the names that people write; compared without case, blanks, `-` and `_`. */
const BY_NAME: Readonly<Record<string, MultiByte>> = {
  gb18030,
  gbk: gb18030,
  gb2312: gb18030,
  cp936: gb18030,
  big5,
  cp950: big5,
  shiftjis: shiftJis,
  sjis: shiftJis,
  cp932: shiftJis,
  euckr: eucKr,
  cp949: eucKr,
  ksc5601: eucKr,
  utf8,
  jis,
};

/** The multi-byte charset of that name, or undefined. */
export const multiByte = (name: string): MultiByte | undefined => {
  let known = asked.get(name);
  if (known === undefined) {
    if (asked.size >= ASKED_MAX) asked.clear();
    known = BY_NAME[name.toLowerCase().replace(/[\s_-]/g, '')] ?? null;
    asked.set(name, known);
  }
  return known ?? undefined;
};

/** Names as they were written (null: of no charset): every receipt that is begun asks. */
const asked = new Map<string, MultiByte | null>();
const ASKED_MAX = 100;

/** Names that `multiByte` knows, for messages. */
export const MULTI_BYTE_NAMES: readonly string[] = Object.keys(BY_NAME);

/** The charset of that name, or GB 18030 for any other name: what `FS &` then switches on. */
export const multiByteOr = (name: string): MultiByte => multiByte(name) ?? gb18030;
