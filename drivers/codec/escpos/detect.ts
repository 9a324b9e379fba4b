import { makeTokenizer } from './tokenizer.ts';

export type Guess = 'gb18030' | 'big5' | 'euc-kr' | 'shift_jis' | 'utf-8' | 'cp437';

/**
 * Guesses the charset of a capture whose printer is unknown. A stream that says itself what it prints (`FS &`, `ESC t`)
 * needs no guess and gets `cp437`, the printers' default. Otherwise it is the double-byte charset in which the bytes from
 * 0x80 pair up as characters that texts are made of, and not as the frames and accents of a code page would.
 */
export function guessCharset(bytes: Uint8Array): Guess {
  const tokenizer = makeTokenizer();
  const texts: Uint8Array[] = [];
  for (const token of [...tokenizer.write(bytes), ...tokenizer.end()]) {
    if (token.kind === 'command') {
      const { id } = token.command;
      if (id === 'FS &' || (id === 'ESC t' && token.bytes[2] !== 0)) return 'cp437';
    }
    if (token.kind === 'text') texts.push(token.bytes);
  }
  if (isUtf8(texts)) return 'utf-8';
  const chinese = pairsOf(texts, isGb2312);
  if (isText(chinese)) return isKorean(chinese) ? 'euc-kr' : 'gb18030';
  // Its accents are as many, but each stands by itself.
  if (isText(pairsOf(texts, isShiftJis), (code) => isKana(code), KANA_SHARE)) return 'shift_jis';
  if (isText(pairsOf(texts, isBig5), (code) => isCommonBig5(code), BIG5_SHARE)) return 'big5';
  return 'cp437';
}

interface Pairs {
  readonly distinct: ReadonlySet<number>;
  readonly count: number;
  /** Pairs of twice the same byte: a row of them is a rule drawn with a frame character. */
  readonly stretched: number;
  /** Runs of pairs without anything between them. */
  readonly runs: number;
  /** Bytes from 0x80 that do not pair up: half a character, or one that the charset lacks. */
  readonly bad: number;
  /** How many pairs there are by their code. */
  readonly codes: ReadonlyMap<number, number>;
}

function pairsOf(texts: readonly Uint8Array[], isPair: (lead: number, trail: number) => boolean): Pairs {
  const codes = new Map<number, number>();
  let [count, stretched, runs, bad] = [0, 0, 0, 0];
  for (const text of texts) {
    let inRun = false;
    for (let i = 0; i < text.length; i++) {
      const lead = text[i] ?? 0;
      const trail = text[i + 1] ?? 0;
      const pairs = lead >= 0x80 && isPair(lead, trail);
      if (pairs && !inRun) runs++;
      inRun = pairs;
      if (lead < 0x80) continue;
      if (!pairs) {
        bad++;
        continue;
      }
      i++;
      count++;
      const code = lead * 256 + trail;
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (lead === trail) stretched++;
    }
  }
  return { distinct: new Set(codes.keys()), count, stretched, runs, bad, codes };
}

/** One byte that does not pair up is forgiven for so many that do. */
const BAD_SHARE = 8;
/** Other charsets than GB 2312 need so many different characters, standing together. */
const DISTINCT_MIN = 4;
const KANA_SHARE = 0.25;
const BIG5_SHARE = 0.7;

/** @param typical characters of which such text is full, at least the share `least`; absent: any */
function isText(pairs: Pairs, typical?: (code: number) => boolean, least = 0): boolean {
  const { distinct, count, stretched, runs, bad } = pairs;
  if (stretched * 2 >= count || bad * BAD_SHARE > count) return false;
  if (!typical) return distinct.size >= 2;
  return distinct.size >= DISTINCT_MIN && count >= runs * 2 && shareOf(pairs, typical) >= least;
}

function shareOf({ codes, count }: Pairs, typical: (code: number) => boolean): number {
  let found = 0;
  for (const [code, times] of codes) if (typical(code)) found += times;
  return found / Math.max(1, count);
}

/** Rows 1 to 9 (signs) and 16 to 87 (characters). */
const isGb2312 = (lead: number, trail: number) =>
  ((lead >= 0xa1 && lead <= 0xa9) || (lead >= 0xb0 && lead <= 0xf7)) && trail >= 0xa1 && trail <= 0xfe;

/** KS X 1001 has its syllables in the rows B0 to C8, where GB 2312 has less than half of its common characters. */
function isKorean(pairs: Pairs): boolean {
  const syllables = shareOf(pairs, (code) => code >= 0xb000 && code < 0xc900);
  const beyond = shareOf(pairs, (code) => code >= 0xc900);
  return syllables * pairs.count >= KOREAN_MIN && beyond < KOREAN_BEYOND;
}
const KOREAN_MIN = 10;
const KOREAN_BEYOND = 0.04;

const isShiftJis = (lead: number, trail: number) =>
  ((lead >= 0x81 && lead <= 0x9f) || (lead >= 0xe0 && lead <= 0xfc)) &&
  trail >= 0x40 &&
  trail <= 0xfc &&
  trail !== 0x7f;
const isKana = (code: number) =>
  (code >= 0x829f && code <= 0x82f1) || (code >= 0x8340 && code <= 0x8396) || code === 0x815b;

const isBig5 = (lead: number, trail: number) =>
  lead >= 0xa1 && lead <= 0xf9 && ((trail >= 0x40 && trail <= 0x7e) || (trail >= 0xa1 && trail <= 0xfe));
/** Level 1, the common characters. */
const isCommonBig5 = (code: number) => code >= 0xa440 && code <= 0xc67e;

/** Sequences of two and more bytes that are all whole, of several characters. */
function isUtf8(texts: readonly Uint8Array[]): boolean {
  const found = new Set<string>();
  for (const text of texts) {
    if (!text.some((byte) => byte >= 0x80)) continue;
    try {
      for (const char of UTF8.decode(text)) if (char > '\u007f') found.add(char);
    } catch {
      return false;
    }
  }
  return found.size >= DISTINCT_MIN;
}
const UTF8 = new TextDecoder('utf-8', { fatal: true });
