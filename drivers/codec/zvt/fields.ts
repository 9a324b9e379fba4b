import { RigError } from '../../../rig/model/errors.ts';
import { bmpOf, hexByte, type Names, tagOf } from './catalogue.ts';

/** One field of an APDU, exactly as it stands there: prefix and value behind each other are its bytes. */
export interface ZvtField {
  /** `04`, `1F10`; `password` and the like for fields without a bitmap; `rest` for what could not be read. */
  readonly id: string;
  readonly name: Names;
  /** Of VALUE_KINDS, or a table of values.yaml. */
  readonly kind: string;
  /** Of its first byte in the APDU. */
  readonly offset: number;
  /** Bitmap or tag, and length. */
  readonly prefix: Uint8Array;
  readonly value: Uint8Array;
  /** What a TLV container or a constructed tag holds. */
  readonly children: readonly ZvtField[];
}

export interface ReadFields {
  readonly fields: readonly ZvtField[];
  /** The first thing that could not be read; what follows it was read as far as that goes. */
  readonly trouble?: RigError;
}

export const UNREAD: Names = { en: 'not readable', de: 'nicht lesbar', zh: '无法解析' };
const UNKNOWN_TAG: Names = { en: 'unknown tag', de: 'unbekanntes Tag', zh: '未知标签' };
const NONE = new Uint8Array(0);

/** What stands from a place to another and could not be read; nobody knows what it is, so it is kept like a secret. */
export const restOf = (bytes: Uint8Array, from: number, to = bytes.length): ZvtField => ({
  id: 'rest',
  name: UNREAD,
  kind: 'secret',
  offset: from,
  prefix: NONE,
  value: bytes.slice(from, to),
  children: [],
});

const wrong = (why: string): RigError => new RigError('CODEC_FIELD', 'file', why);

/**
 * Bitmaps until the end. A container with a length that is right and a damaged inside costs only what follows the damage in
 * it; anything else that cannot be read costs the rest of the APDU, since nobody knows where the next bitmap begins.
 */
export function bitmaps(bytes: Uint8Array, from: number): ReadFields {
  const fields: ZvtField[] = [];
  let trouble: RigError | undefined;
  let at = from;
  while (at < bytes.length) {
    const read = bitmap(bytes, at);
    if (typeof read === 'string')
      return { fields: [...fields, restOf(bytes, at)], trouble: trouble ?? wrong(read) };
    fields.push(read.field);
    trouble ??= read.trouble;
    at += read.field.prefix.length + read.field.value.length;
  }
  return { fields, ...(trouble && { trouble }) };
}

interface ReadField {
  readonly field: ZvtField;
  readonly trouble: RigError | undefined;
}

function bitmap(bytes: Uint8Array, at: number): ReadField | string {
  const id = hexByte(bytes[at] ?? 0);
  const entry = bmpOf(id);
  if (!entry) return `${id} at offset ${at} is no bitmap of ZVT`;
  const where = `BMP ${id} (${entry.en}) at offset ${at}`;
  const read = bmpLength(bytes, at + 1, entry.length);
  if (typeof read === 'string') return `${where}: ${read}`;
  const start = at + 1 + read.taken;
  const short = start + read.length > bytes.length;
  const says = `${where}: ${read.length} bytes expected, and ${bytes.length - start} follow`;
  if (short && entry.length !== 'tlv') return says;
  const end = Math.min(bytes.length, start + read.length);
  const inner = entry.length === 'tlv' ? tags(bytes, start, end) : { fields: [] };
  const field = {
    id,
    name: entry,
    kind: entry.value,
    offset: at,
    prefix: bytes.slice(at, start),
    value: bytes.slice(start, end),
    children: inner.fields,
  };
  // What is wrong inside says more than that the container is too short.
  const why = inner.trouble ? `${where}: ${inner.trouble.message}` : short ? says : undefined;
  return { field, trouble: why === undefined ? undefined : wrong(why) };
}

interface Length {
  readonly taken: number;
  readonly length: number;
}

function bmpLength(bytes: Uint8Array, at: number, form: number | 'll' | 'lll' | 'tlv'): Length | string {
  if (typeof form === 'number') return { taken: 0, length: form };
  if (form === 'tlv') return tlvLength(bytes, at, bytes.length);
  const count = form.length;
  const length = nibbleLength(bytes.subarray(at, at + count), count);
  if (length !== undefined) return { taken: count, length };
  return `a length of ${count} digits expected (F0 to F9 each), found ${hex(bytes.subarray(at, at + count)) || 'nothing'}`;
}

/**
 * Where the TLV container (BMP 06) begins that ends these bytes behind a text, or their end when there is none: terminals put the
 * kind of receipt behind every line. In a text 06 is no character that a printer has.
 */
export function lastContainer(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] !== 0x06) continue;
    const read = bitmap(bytes, at);
    if (typeof read === 'string' || read.trouble) continue;
    const { prefix, value, children } = read.field;
    const known = children.length > 0 && children.every(({ name }) => name !== UNKNOWN_TAG);
    if (known && at + prefix.length + value.length === bytes.length) return at;
  }
  return bytes.length;
}

/** Digits of a length stand in the lower nibbles; the upper ones are F and are not looked at. */
export function nibbleLength(bytes: Uint8Array, count: number): number | undefined {
  if (bytes.length < count) return undefined;
  let length = 0;
  for (const byte of bytes) {
    const digit = byte & 0x0f;
    if (digit > 9) return undefined;
    length = length * 10 + digit;
  }
  return length;
}

/** Length of BER-TLV: up to 7F itself; 81 and 82 say how many bytes of length follow. */
function tlvLength(bytes: Uint8Array, at: number, end: number): Length | string {
  const first = at < end ? bytes[at] : undefined;
  if (first === undefined) return `a length expected at offset ${at}, and the data ends there`;
  if (first < 0x80) return { taken: 1, length: first };
  const more = first & 0x7f;
  if (more < 1 || more > 2)
    return `a length of 00 to 7F, 81 or 82 expected at offset ${at}, found ${hexByte(first)}`;
  if (at + more >= end) return `the length at offset ${at} is not whole`;
  let length = 0;
  for (let i = 1; i <= more; i++) length = length * 256 + (bytes[at + i] ?? 0);
  return { taken: 1 + more, length };
}

/** Deepest nesting of tags; real ones have four levels. */
const DEEPEST = 8;

/** The tags between two places; what follows the first that cannot be read is kept as it is. */
function tags(bytes: Uint8Array, from: number, to: number, depth = 0): ReadFields {
  const found: ZvtField[] = [];
  let at = from;
  const stop = (why: string): ReadFields => ({
    fields: [...found, ...(at < to ? [restOf(bytes, at, to)] : [])],
    trouble: wrong(why),
  });
  if (depth > DEEPEST) return stop(`tags are nested deeper than ${DEEPEST} levels at offset ${from}`);
  while (at < to) {
    const size = tagSize(bytes, at, to);
    if (size === undefined) return stop(`the tag at offset ${at} is not whole`);
    const id = hex(bytes.subarray(at, at + size));
    const read = tlvLength(bytes, at + size, to);
    if (typeof read === 'string') return stop(`tag ${id}: ${read}`);
    const start = at + size + read.taken;
    if (start + read.length > to) {
      return stop(`tag ${id} at offset ${at}: ${read.length} bytes expected, and ${to - start} follow`);
    }
    found.push(tagField(bytes, { id, at, start, end: start + read.length }, depth));
    at = start + read.length;
  }
  return { fields: found };
}

interface Span {
  readonly id: string;
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

function tagField(bytes: Uint8Array, { id, at, start, end }: Span, depth: number): ZvtField {
  const entry = tagOf(id);
  const constructed = ((bytes[at] ?? 0) & 0x20) !== 0;
  const inner = constructed ? tags(bytes, start, end, depth + 1) : undefined;
  // A tag that should hold tags and does not is still a tag: its value is shown.
  const children = inner && !inner.trouble ? inner.fields : [];
  const own = entry?.value ?? 'hex';
  const kind = children.length > 0 ? 'tlv' : own === 'tlv' ? 'hex' : own;
  const value = bytes.slice(start, end);
  return {
    id,
    name: entry ?? UNKNOWN_TAG,
    kind,
    offset: at,
    prefix: bytes.slice(at, start),
    value,
    children,
  };
}

/** Bytes that the tag takes: more than one when its lower five bits are all set. */
function tagSize(bytes: Uint8Array, at: number, to: number): number | undefined {
  if (((bytes[at] ?? 0) & 0x1f) !== 0x1f) return 1;
  for (let size = 2; size <= 4; size++) {
    if (at + size > to) return undefined;
    if (((bytes[at + size - 1] ?? 0) & 0x80) === 0) return size;
  }
  return undefined;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();
