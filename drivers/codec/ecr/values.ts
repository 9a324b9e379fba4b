import iconv from 'iconv-lite';
import { RigError } from '../../../rig/model/errors.ts';
import { formatAmount, numericCode, parseAmount } from '../../../rig/model/money.ts';
import type { Field, Meaning, Protocol } from './protocol.ts';

/**
 * Values as everybody here understands them, and as a protocol writes them. Amounts and totals are minor units in digits,
 * times are `YYYYMMDDhhmmss`, currencies three digits; a code of a table is the word that it means.
 */
export type Values = Readonly<Partial<Record<Meaning, string>>>;

/** Whether two numbers of a till are the same; zeros in front and blanks around are filling. */
export const sameReference = (a: string, b: string): boolean =>
  a.trim().replace(/^0+/, '') === b.trim().replace(/^0+/, '');

/**
 * A value as a field writes it, before it is filled up to its width. Throws CODEC_FIELD when the field cannot hold it.
 * @param currency ISO 4217 letters, for amounts that are written with a point
 */
export function written(
  protocol: Protocol,
  field: Field,
  value: string,
  currency = protocol.currency ?? 'EUR',
): string {
  const { holds, table, format } = field;
  if (table !== undefined) return codeFor(protocol, table, value) ?? value;
  if (holds === 'time' && format !== undefined) return timeWritten(value, format);
  if ((holds === 'amount' || holds === 'total') && format === 'major') {
    return formatAmount({ minor: Number(value), currency }).replaceAll(',', '');
  }
  if (holds === 'pan-last4') return value.slice(-4);
  return value;
}

/** What stands in a field, as everybody understands it; undefined when it says nothing. */
export function understood(
  protocol: Protocol,
  field: Field,
  text: string,
  currency = protocol.currency ?? 'EUR',
): string | undefined {
  const { holds, table, format } = field;
  // Blanks are places on paper.
  if (holds === 'receipt') return text === '' ? undefined : text;
  const bare = unfilled(field, text);
  if (bare === '' && holds !== 'amount' && holds !== 'total' && holds !== 'count') return undefined;
  if (table !== undefined) return protocol.tables[table]?.[bare]?.means ?? bare;
  switch (holds) {
    case 'amount':
    case 'total':
      if (format === 'major') return majorRead(bare, currency);
      return /^\d+$/.test(bare) ? String(Number(bare)) : bare === '' && text !== '' ? '0' : undefined;
    case 'count':
      return /^\d+$/.test(bare) ? String(Number(bare)) : bare === '' && text !== '' ? '0' : undefined;
    case 'time':
      return format === undefined ? bare : timeRead(text, format);
    case 'currency':
      return format === 'letters' ? (numericOf(bare) ?? bare) : bare;
    default:
      return bare;
  }
}

/** The value without what fills it up. Zeros of a number that is not an amount stay: 000042 is a number of six digits. */
function unfilled({ fill, align, width, holds }: Field, text: string): string {
  if (width === undefined || fill === undefined) return text.trim();
  const amount = holds === 'amount' || holds === 'total' || holds === 'count';
  if (fill === '0' && !amount && holds !== 'pan') return text.trim();
  let from = 0;
  let to = text.length;
  if (align === 'right') while (from < to && text[from] === fill) from++;
  else while (to > from && text[to - 1] === fill) to--;
  return text.slice(from, to).trim();
}

/** The code of a table that means this; what no code means is an error, or a refusal. */
function codeFor(protocol: Protocol, table: string, sense: string): string | undefined {
  const codes = Object.entries(protocol.tables[table] ?? {});
  const of = (means: string) => codes.find(([, code]) => code.means === means)?.[0];
  const known = of(sense);
  if (known !== undefined) return known;
  if (codes.some(([code]) => code === sense)) return sense;
  const anyBad = sense === 'approved' ? undefined : (of('error') ?? of('declined') ?? of('other'));
  return anyBad ?? codes[0]?.[0];
}

const TOKENS = /YYYY|YY|MM|DD|JJJ|hh|mm|ss/g;

/** `YYYYMMDDhhmmss` by a pattern; JJJ is the day of the year. */
function timeWritten(time: string, pattern: string): string {
  const part: Readonly<Record<string, () => string>> = {
    YYYY: () => time.slice(0, 4),
    YY: () => time.slice(2, 4),
    MM: () => time.slice(4, 6),
    DD: () => time.slice(6, 8),
    JJJ: () => String(dayOfYear(time)).padStart(3, '0'),
    hh: () => time.slice(8, 10),
    mm: () => time.slice(10, 12),
    ss: () => time.slice(12, 14),
  };
  return pattern.replaceAll(TOKENS, (token) => part[token]?.() ?? '');
}

const DAY_MS = 86_400_000;

const dayOfYear = (time: string): number => {
  const [year, month, day] = [time.slice(0, 4), time.slice(4, 6), time.slice(6, 8)].map(Number);
  return Math.round((Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1) - Date.UTC(year ?? 0, 0, 0)) / DAY_MS);
};

/** Only the digits that are told, in the order of `YYYYMMDDhhmmss`; undefined when it is no time. */
function timeRead(text: string, pattern: string): string | undefined {
  const found: Record<string, string> = {};
  let at = 0;
  for (const piece of pattern.match(/YYYY|YY|MM|DD|JJJ|hh|mm|ss|./g) ?? []) {
    const part = text.slice(at, at + piece.length);
    at += piece.length;
    if (!/^(?:YYYY|YY|MM|DD|JJJ|hh|mm|ss)$/.test(piece)) continue;
    if (!/^\d+$/.test(part)) return undefined;
    found[piece] = part;
  }
  return ['YYYY', 'YY', 'JJJ', 'MM', 'DD', 'hh', 'mm', 'ss'].map((piece) => found[piece] ?? '').join('');
}

function majorRead(text: string, currency: string): string | undefined {
  try {
    return String(parseAmount(text, currency).minor);
  } catch {
    return undefined;
  }
}

function numericOf(letters: string): string | undefined {
  try {
    return numericCode(letters);
  } catch {
    return undefined;
  }
}

/**
 * A text in its width, as bytes (a string of one character a byte): widths count bytes, also where a character takes two.
 * Words for people are cut; everything else that is too long throws CODEC_FIELD.
 */
export function filled({ text: encoding }: Protocol, field: Field, text: string): string {
  const { width, most, name, fill = ' ', align } = field;
  const limit = most ?? width;
  let bytes = iconv.encode(text, encoding).toString('latin1');
  if (limit !== undefined && bytes.length > limit) {
    if (field.holds !== 'text') {
      throw new RigError('CODEC_FIELD', 'file', `${name} has room for ${limit} bytes, not for "${text}"`);
    }
    // No half of a character stays behind.
    let kept = [...text];
    while (bytes.length > limit) {
      kept = kept.slice(0, -1);
      bytes = iconv.encode(kept.join(''), encoding).toString('latin1');
    }
  }
  if (width === undefined) return bytes;
  return align === 'right' ? bytes.padStart(width, fill) : bytes.padEnd(width, fill);
}
