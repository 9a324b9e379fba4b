import iconv from 'iconv-lite';
import { luhnValid, maskPan } from '../../../rig/model/card.ts';
import { CURRENCIES, currencyByNumeric, formatAmount } from '../../../rig/model/money.ts';
import type { ZvtApdu, ZvtField } from './apdu.ts';
import {
  charsetOf,
  commandOf,
  hexByte,
  type Language,
  resultName,
  statusName,
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
      return String(value.reduce((sum, byte) => sum * 256 + byte, 0));
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
    case 'amount': {
      const digits = hex(value);
      if (!/^\d+$/.test(digits)) return undefined;
      const minor = Number(digits);
      return currency === undefined || !(currency in CURRENCIES)
        ? `${(minor / 100).toFixed(2)}`
        : `${currency} ${formatAmount({ minor, currency })}`;
    }
    case 'currency':
      return currencyByNumeric(hex(value).slice(1));
    case 'result':
      return resultName(byte)[language];
    case 'status':
      return statusName(byte)[language];
    case 'command':
      return commandOf(hex(value))?.[language];
    case 'charset':
      return charsetOf(byte);
    default:
      return value.length === 1 ? valueName(kind, byte)?.[language] : undefined;
  }
}

/** Text of a field: without the zero bytes that fill it up. */
export function readText(bytes: Uint8Array, charset?: string): string {
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
  const text = Buffer.from(bytes.subarray(0, end));
  if (charset !== undefined) return iconv.decode(text, charset);
  const utf8 = text.some((byte) => byte >= 0x80) ? decodeUtf8(text) : undefined;
  return utf8 ?? iconv.decode(text, 'cp437');
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Free text may hold anybody's card number, and so may bytes that nobody knows. */
const scrubbed = (text: string): string =>
  text.replace(/(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)/g, (found) => {
    const digits = found.replace(/\D/g, '');
    return luhnValid(digits) && !/^0+/.test(digits) ? maskPan(digits) : found;
  });

/** `06 01`. */
export const spaced = (control: string): string => `${control.slice(0, 2)} ${control.slice(2)}`;
/** All bytes of a field, as hex. */
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();
export const byteName = hexByte;
