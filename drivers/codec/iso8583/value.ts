import iconv from 'iconv-lite';
import { fromHex, sameBytes, toHex } from './bytes.ts';
import type { FieldDefinition } from './dialect.ts';

/**
 * One field's value ⇄ its bytes (without the length prefix). A value has *units*: digits of types n and z, bytes of the
 * others; fixed lengths, maxima and prefixes count units.
 */
export type Encoding = 'bcd' | 'ascii' | 'binary';

/** The encoding in force: the field's own, else the usual one of its type. */
export function encodingOf(field: FieldDefinition): Encoding {
  if (field.encoding) return field.encoding;
  return field.type === 'b' ? 'binary' : field.type === 'a' ? 'ascii' : 'bcd';
}

const packed = (field: FieldDefinition): boolean => encodingOf(field) === 'bcd';

/** Bytes on the wire of `units` units. Bytes written as hex text take two each. */
export function wireLength(field: FieldDefinition, units: number): number {
  if (packed(field)) return Math.ceil(units / 2);
  return field.type === 'b' && encodingOf(field) === 'ascii' ? units * 2 : units;
}

const LEGAL: Readonly<Record<'n' | 'z', RegExp>> = { n: /^\d*$/, z: /^[0-9=A-CEF]*$/ };
const DIGITS: Readonly<Record<'n' | 'z', string>> = {
  n: 'digits',
  z: 'digits, A to F for encrypted tracks and = as separator',
};

/** Bytes and units of a value, or in words what it should have been. */
export function writeValue(
  field: FieldDefinition,
  value: string | Uint8Array,
): { readonly bytes: Uint8Array; readonly units: number } | { readonly expected: string } {
  if (field.type === 'b') {
    const bytes = typeof value === 'string' ? fromHex(value) : value;
    if (!bytes) return { expected: 'bytes or hex text' };
    const ascii = encodingOf(field) === 'ascii';
    return { bytes: ascii ? Buffer.from(toHex(bytes), 'latin1') : bytes, units: bytes.length };
  }
  if (field.type === 'a') {
    const bytes = typeof value === 'string' ? encodeText(field, value) : value;
    if (!bytes || decodeText(field, bytes) === undefined) return { expected: `${field.charset} text` };
    return { bytes, units: bytes.length };
  }
  if (typeof value !== 'string' || !LEGAL[field.type].test(value)) return { expected: DIGITS[field.type] };
  if (!packed(field)) return { bytes: Buffer.from(value, 'latin1'), units: value.length };
  const nibbles = value.replaceAll('=', 'D');
  const odd = nibbles.length % 2 === 1;
  const hex = !odd ? nibbles : justification(field) === 'left' ? nibbles + field.pad : field.pad + nibbles;
  return { bytes: Uint8Array.from(Buffer.from(hex, 'hex')), units: value.length };
}

const justification = (field: FieldDefinition): 'left' | 'right' =>
  field.justify ?? (field.length === undefined ? 'left' : 'right');

export interface ReadValue {
  readonly value: string;
  /** Something that is against the dialect and lost in `value`, in words: a wrong padding nibble, wrong characters. */
  readonly remark?: string;
}

/** The value of `units` units in `bytes`, or what was expected and the offset within the field where it is not so. */
export function readValue(
  field: FieldDefinition,
  bytes: Uint8Array,
  units: number,
): ReadValue | { readonly expected: string; readonly at: number } {
  if (field.type === 'b') {
    if (encodingOf(field) === 'binary') return { value: toHex(bytes) };
    const text = Buffer.from(bytes).toString('latin1');
    const wrong = [...text].findIndex((character) => !/[0-9A-Fa-f]/.test(character));
    if (wrong >= 0) return { expected: 'hex text', at: wrong };
    const upper = text.toUpperCase();
    return upper === text ? { value: upper } : { value: upper, remark: 'hex text in lower case' };
  }
  if (field.type === 'a') {
    const text = decodeText(field, bytes);
    if (text !== undefined) return { value: text };
    if (field.charset === 'ascii') {
      return { expected: 'printable ASCII', at: bytes.findIndex((byte) => byte < 0x20 || byte > 0x7e) };
    }
    return { value: iconv.decode(Buffer.from(bytes), field.charset), remark: `not ${field.charset} text` };
  }
  return packed(field) ? readPacked(field, field.type, bytes, units) : readDigits(field.type, bytes);
}

function readDigits(type: 'n' | 'z', bytes: Uint8Array): ReadValue | { expected: string; at: number } {
  const value = Buffer.from(bytes).toString('latin1');
  if (LEGAL[type].test(value)) return { value };
  return { expected: DIGITS[type], at: [...value].findIndex((c) => !LEGAL[type].test(c)) };
}

function readPacked(
  field: FieldDefinition,
  type: 'n' | 'z',
  bytes: Uint8Array,
  units: number,
): ReadValue | { expected: string; at: number } {
  const nibbles = toHex(bytes);
  const left = justification(field) === 'left';
  const odd = units % 2 === 1;
  const digits = !odd ? nibbles : left ? nibbles.slice(0, -1) : nibbles.slice(1);
  const value = type === 'z' ? digits.replaceAll('D', '=') : digits;
  const wrong = [...value].findIndex((c) => !LEGAL[type].test(c));
  if (wrong >= 0) return { expected: DIGITS[type], at: Math.floor((wrong + (odd && !left ? 1 : 0)) / 2) };
  const pad = !odd ? field.pad : left ? nibbles.at(-1) : nibbles.at(0);
  return pad === field.pad ? { value } : { value, remark: `padding nibble is ${pad}, not ${field.pad}` };
}

function encodeText(field: FieldDefinition, text: string): Uint8Array | undefined {
  const bytes = iconv.encode(text, field.charset);
  // What the character set does not have would be written as a question mark.
  return iconv.decode(bytes, field.charset) === text ? Uint8Array.from(bytes) : undefined;
}

/** Text of bytes if writing it again gives the same bytes. */
function decodeText(field: FieldDefinition, bytes: Uint8Array): string | undefined {
  if (field.charset === 'ascii') {
    return bytes.every((byte) => byte >= 0x20 && byte <= 0x7e)
      ? Buffer.from(bytes).toString('latin1')
      : undefined;
  }
  const text = iconv.decode(Buffer.from(bytes), field.charset);
  return sameBytes(iconv.encode(text, field.charset), bytes) ? text : undefined;
}

/** Cuts a value into pieces of the field's units, for composite fields. Characters that a cut would split become U+FFFD. */
export function sliceUnits(field: FieldDefinition, value: string, from: number, to?: number): string {
  if (field.type === 'b') return value.slice(from * 2, to === undefined ? undefined : to * 2);
  if (field.type !== 'a' || field.charset === 'ascii') return value.slice(from, to);
  return iconv.decode(iconv.encode(value, field.charset).subarray(from, to), field.charset);
}

/** How many units a value has. */
export function unitsOf(field: FieldDefinition, value: string): number {
  if (field.type === 'b') return value.length / 2;
  return field.type === 'a' ? iconv.encode(value, field.charset).length : value.length;
}

/** Bytes of a length prefix. */
export function prefixBytes(definition: FieldDefinition, encoding: 'bcd' | 'ascii' | 'binary'): number {
  const digits = definition.prefix === 'll' ? 2 : 3;
  return encoding === 'ascii' ? digits : digits - 1;
}

/** True when the prefix of a packed field counts its bytes instead of its digits. */
export const countsBytes = (definition: FieldDefinition): boolean =>
  definition.counts === 'bytes' && encodingOf(definition) === 'bcd';
