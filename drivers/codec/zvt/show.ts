import iconv from 'iconv-lite';
import { luhnValid, maskPan } from '../../../rig/model/card.ts';
import { CURRENCIES, currencyByNumeric, formatAmount } from '../../../rig/model/money.ts';
import type { ZvtApdu, ZvtField } from './apdu.ts';
import {
  cardTypeName,
  charsetOf,
  commandOf,
  hexByte,
  type Language,
  resultName,
  statusName,
  terminalStatusName,
  valueName,
} from './catalogue.ts';

/** How an APDU is shown to people. */
export interface ShowOptions {
  readonly language: Language;
  /** Card data as it is; else masked. */
  readonly clear?: boolean;
  /** Of texts; default: what the message says, else UTF-8 where it is that, else CP437. */
  readonly charset?: string;
}

/** One field for people. */
export interface ShownField {
  readonly id: string;
  readonly name: string;
  readonly offset: number;
  /** Bytes of prefix and value. */
  readonly length: number;
  readonly value: string;
  /** What the value says, where it is a code. */
  readonly meaning?: string;
  readonly fields?: readonly ShownField[];
}

const POSITIVE = { en: 'Positive answer', de: 'Positive Antwort', zh: '肯定应答' };
const NEGATIVE = { en: 'Negative answer', de: 'Negative Antwort', zh: '否定应答' };
const UNKNOWN = { en: 'unknown command', de: 'unbekanntes Kommando', zh: '未知命令' };

/** Name of a command or answer; an answer that says no with its reason. */
export function nameOf(
  { control, command }: Pick<ZvtApdu, 'control' | 'command'>,
  language: Language,
): string {
  if (command) return command[language];
  if (control === '8000' || control === '8400') return POSITIVE[language];
  if (control.startsWith('84')) {
    return `${NEGATIVE[language]}: ${resultName(Number.parseInt(control.slice(2), 16))[language]}`;
  }
  return UNKNOWN[language];
}

/** All fields for people, masked unless `clear`. */
export function showFields(apdu: ZvtApdu, options: ShowOptions): ShownField[] {
  const found = find(apdu.fields, '14')?.value[0];
  const told = found === undefined ? undefined : charsetOf(found);
  const charset = options.charset ?? told;
  const currency = find(apdu.fields, '49') ?? apdu.fields.find(({ id }) => id === 'currency');
  const numeric = currency ? Buffer.from(currency.value).toString('hex').slice(1) : undefined;
  const context = {
    ...options,
    ...(charset && { charset }),
    currency: numeric === undefined ? undefined : currencyByNumeric(numeric),
  };
  return apdu.fields.map((field) => show(field, context));
}

/** The first field with this id, at any depth. */
export function find(fields: readonly ZvtField[], id: string): ZvtField | undefined {
  for (const field of fields) {
    if (field.id === id) return field;
    const inner = find(field.children, id);
    if (inner) return inner;
  }
  return undefined;
}

type Context = ShowOptions & { readonly currency: string | undefined };

function show(field: ZvtField, context: Context): ShownField {
  const { id, name, offset, prefix, value, children } = field;
  const base = { id, name: name[context.language], offset, length: prefix.length + value.length };
  if (children.length > 0)
    return { ...base, value: '', fields: children.map((child) => show(child, context)) };
  const inside = field.kind === 'totals' ? totalsOf(field, context) : [];
  if (inside.length > 0) return { ...base, value: '', fields: inside };
  const meaning = meaningOf(field, context);
  return { ...base, value: textOf(field, context), ...(meaning !== undefined && { meaning }) };
}

function textOf({ kind, value }: ZvtField, { clear, charset }: Context): string {
  const digits = hex(value);
  switch (kind) {
    case 'text': {
      const text = readText(value, charset);
      return clear ? text : scrubbed(text);
    }
    case 'byte':
    case 'number':
      return String(numberOf(value));
    case 'pan': {
      const number = digits.replace(/F+$/, '').replaceAll('E', '*');
      return clear || number.includes('*') ? number : maskPan(number);
    }
    case 'track':
    case 'secret':
      return clear ? digits : '*'.repeat(Math.min(digits.length, 64));
    case 'time':
      return digits.replace(/^(..)(..)(..)$/, '$1:$2:$3');
    case 'date':
      return digits.replace(/(..)(?!$)/g, '$1-');
    case 'expiry':
      return digits.replace(/^(..)(..)$/, '$1/$2');
    default:
      return clear ? digits : scrubbed(digits);
  }
}

function meaningOf(field: ZvtField, { language, currency }: Context): string | undefined {
  const { kind, value } = field;
  const byte = value[0] ?? 0;
  switch (kind) {
    case 'amount':
      return amountMeaning(hex(value), currency);
    case 'currency':
      return currencyByNumeric(hex(value).slice(1));
    case 'result':
      return resultName(byte)[language];
    case 'status':
      return statusName(byte)[language];
    case 'terminal-status':
      return terminalStatusName(byte)[language];
    case 'card-type':
      return cardTypeName(numberOf(value));
    case 'command':
      return commandOf(hex(value))?.[language];
    case 'charset':
      return charsetOf(byte);
    default:
      return valueName(kind, value)?.[language];
  }
}

function amountMeaning(digits: string, currency: string | undefined): string | undefined {
  if (!/^\d+$/.test(digits)) return undefined;
  const minor = Number(digits);
  return currency === undefined || !(currency in CURRENCIES)
    ? `${(minor / 100).toFixed(2)}`
    : `${currency} ${formatAmount({ minor, currency })}`;
}

/** A number of at most so many bytes that it is exact; longer ones are told as nobody would write them. */
const numberOf = (value: Uint8Array): number => value.reduce((sum, byte) => sum * 256 + byte, 0);

/** Text of a field: without the zero bytes that fill it up. */
export function readText(bytes: Uint8Array, charset?: string): string {
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
  const text = Buffer.from(bytes.subarray(0, end));
  if (charset !== undefined) return iconv.decode(text, charset);
  const utf8 = text.some((byte) => byte >= 0x80) ? decodeUtf8(text) : undefined;
  return utf8 ?? iconv.decode(text, isLatin1(text) ? 'latin1' : 'cp437');
}

/** Accented letters of ISO 8859-1, without those that code page 437 has a sign for that stands at words, too: µ, °, ². */
const LATIN = /[\xC0-\xD6\xD8-\xE5\xE7-\xEF\xF1-\xF6\xF9\xFB\xFC]/;
/** The one of them that is a letter in code page 437, too: its ß. */
const SHARP_S = 0xe1;

/**
 * The default is code page 437, and terminals that send ISO 8859-1 do not say so. Where every character beyond ASCII is a letter
 * there, stands at a word and not at its like, and would be a piece of a frame or a Greek letter in code page 437, that is meant.
 */
function isLatin1(text: Buffer): boolean {
  const strange = [...text.entries()].filter(([, byte]) => byte >= 0x80);
  if (strange.every(([, byte]) => byte === SHARP_S)) return false;
  return strange.every(([at, byte]) => {
    const beside = [text[at - 1] ?? 0, text[at + 1] ?? 0];
    return (
      LATIN.test(String.fromCharCode(byte)) &&
      !beside.includes(byte) &&
      beside.some((other) => /[A-Za-z]/.test(String.fromCharCode(other)))
    );
  });
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const FROM = { en: 'From receipt number', de: 'von Belegnummer', zh: '起始凭证号' };
const TO = { en: 'To receipt number', de: 'bis Belegnummer', zh: '结束凭证号' };
const TOTALS_OF = ['girocard', 'JCB', 'Mastercard', 'American Express', 'Visa', 'Diners'] as const;
const OTHERS = { en: 'other cards', de: 'übrige Karten', zh: '其他卡' };

/** The totals of an end of day (BMP 60): two receipt numbers, then count (1 byte) and sum (6) for each kind of card. */
function totalsOf({ id, offset, prefix, value }: ZvtField, context: Context): ShownField[] {
  const kinds = [...TOTALS_OF, OTHERS[context.language]];
  if (value.length !== 4 + kinds.length * 7) return [];
  const part = (
    name: string,
    from: number,
    length: number,
    shown: Pick<ShownField, 'value' | 'meaning'>,
  ) => ({
    id: `${id}+${from}`,
    name,
    offset: offset + prefix.length + from,
    length,
    ...shown,
  });
  const receipts = [FROM, TO].map((name, i) =>
    part(name[context.language], i * 2, 2, { value: hex(value.subarray(i * 2, i * 2 + 2)) }),
  );
  const sums = kinds.map((name, i) => {
    const from = 4 + i * 7;
    const sum = hex(value.subarray(from + 1, from + 7));
    const meaning = amountMeaning(sum, context.currency);
    return part(name, from, 7, {
      value: `${value[from] ?? 0} × ${sum}`,
      ...(meaning !== undefined && { meaning }),
    });
  });
  return [...receipts, ...sums];
}

/**
 * Free text may hold anybody's card number, and so may bytes that nobody knows: whatever part of a run of digits could be one
 * is hidden.
 */
const scrubbed = (text: string): string =>
  text.replace(/(?<!\d)(?:\d[ -]?){12,}\d(?!\d)/g, (found) => {
    const digits = found.replace(/\D/g, '');
    if (digits.length <= 19) return luhnValid(digits) && !/^0+/.test(digits) ? maskPan(digits) : found;
    return hiddenIn(digits);
  });

/** A long run of digits without the card numbers that could stand anywhere in it. */
function hiddenIn(digits: string): string {
  const shown = [...digits];
  for (let from = 0; from + 13 <= digits.length; from++) {
    if (digits[from] === '0') continue;
    for (let length = 13; length <= 19 && from + length <= digits.length; length++) {
      if (luhnValid(digits.slice(from, from + length))) shown.fill('*', from + 6, from + length - 4);
    }
  }
  return shown.join('');
}

/** `06 01`. */
export const spaced = (control: string): string => `${control.slice(0, 2)} ${control.slice(2)}`;
/** All bytes of a field, as hex. */
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();
export const byteName = hexByte;
