import { RigError } from '../../../rig/model/errors.ts';
import { currencyByNumeric } from '../../../rig/model/money.ts';
import { bmpOf, type CommandEntry, commandOf, headOf, hexByte, type Names, tagOf } from './catalogue.ts';

/** One field of an APDU, exactly as it stands there: prefix and value behind each other are its bytes. */
export interface ZvtField {
  /** `04`, `1F10`; `password` and the like for fields without a bitmap; `rest` for what could not be read. */
  readonly id: string;
  readonly name: Names;
  /** Of VALUE_KINDS. */
  readonly kind: string;
  /** Of its first byte in the APDU. */
  readonly offset: number;
  /** Bitmap or tag, and length. */
  readonly prefix: Uint8Array;
  readonly value: Uint8Array;
  /** What a TLV container or a constructed tag holds. */
  readonly children: readonly ZvtField[];
}

export interface ZvtApdu {
  /** Class and instruction, four hex digits; an answer is `8000` or `84xx`. */
  readonly control: string;
  readonly command: CommandEntry | undefined;
  /** The length is written in three bytes (FF, low, high). */
  readonly long: boolean;
  readonly fields: readonly ZvtField[];
  /** Why the rest of the APDU could not be read; it is then the last field. */
  readonly trouble?: RigError;
}

const UNREAD: Names = { en: 'not readable', de: 'nicht lesbar', zh: '无法解析' };
const UNKNOWN_TAG: Names = { en: 'unknown tag', de: 'unbekanntes Tag', zh: '未知标签' };
const NONE = new Uint8Array(0);

/** Decodes one APDU. Throws CODEC_FRAME when the length is not that of the bytes, CODEC_FIELD naming field and offset. */
export function decodeApdu(bytes: Uint8Array): ZvtApdu {
  const apdu = readApdu(bytes);
  if (apdu.trouble) throw apdu.trouble;
  return apdu;
}

/** As `decodeApdu`, but keeps what it could read. Throws CODEC_FRAME only. */
export function readApdu(bytes: Uint8Array): ZvtApdu {
  const [cla, ins, first] = bytes;
  if (cla === undefined || ins === undefined || first === undefined) {
    throw frame(`an APDU has at least three bytes, class, instruction and length; there are ${bytes.length}`);
  }
  const long = first === 0xff;
  const from = long ? 5 : 3;
  if (bytes.length < from) throw frame('the length FF is followed by two more bytes, low byte first');
  const told = long ? (bytes[3] ?? 0) | ((bytes[4] ?? 0) << 8) : first;
  if (told !== bytes.length - from) {
    throw frame(`the length at offset 2 says ${told} bytes of data, and ${bytes.length - from} follow`);
  }
  const control = hexByte(cla) + hexByte(ins);
  const command = commandOf(control);
  return { control, command, long, ...body(bytes, from, control, command) };
}

/** Writes an APDU; for one that was decoded the bytes that it came from. */
export function encodeApdu({
  control,
  long,
  fields,
}: Pick<ZvtApdu, 'control' | 'long' | 'fields'>): Uint8Array {
  const data = Buffer.concat(fields.flatMap(({ prefix, value }) => [prefix, value]));
  if (data.length > 0xffff)
    throw new RangeError(`an APDU has at most 65535 bytes of data, not ${data.length}`);
  const length = long || data.length >= 0xff ? [0xff, data.length & 0xff, data.length >> 8] : [data.length];
  return Buffer.concat([Buffer.from(control, 'hex'), Uint8Array.from(length), data]);
}

type Body = Pick<ZvtApdu, 'fields' | 'trouble'>;

function body(bytes: Uint8Array, from: number, control: string, command: CommandEntry | undefined): Body {
  const heads = command?.head ?? [];
  return withHeads(bytes, from, control, command, heads, []);
}

/** Takes the fields without a bitmap, each that may be missing in the way in which the rest can be read. */
function withHeads(
  bytes: Uint8Array,
  at: number,
  control: string,
  command: CommandEntry | undefined,
  heads: readonly string[],
  before: readonly ZvtField[],
): Body {
  const [head, ...more] = heads;
  if (head === undefined || at === bytes.length) {
    if (head !== undefined && !head.endsWith('?') && !/ (?:rest|0)$/.test(head)) {
      return broken(bytes, at, before, `${head.split(' ')[0]} is missing at offset ${at}`);
    }
    const rest = command?.body === 'none' ? { fields: [] } : bitmaps(bytes, at);
    return { ...rest, fields: [...before, ...rest.fields] };
  }
  const [name = '', size = ''] = head.replace('?', '').split(' ');
  const taken = headField(bytes, at, name, size);
  const go = (field: ZvtField | string): Body =>
    typeof field === 'string'
      ? broken(bytes, at, before, field)
      : withHeads(bytes, at + field.prefix.length + field.value.length, control, command, more, [
          ...before,
          field,
        ]);
  if (!head.endsWith('?')) return go(taken);
  const without = () => withHeads(bytes, at, control, command, more, before);
  if (typeof taken === 'string') return without();
  if (surelyThere(name, control, taken, before)) return go(taken);
  if (size === 'lll') return without();
  const left = without();
  if (!left.trouble) return left;
  const there = go(taken);
  return there.trouble ? left : there;
}

/** A field that may be missing shows by its value that it is there. */
function surelyThere(name: string, control: string, field: ZvtField, before: readonly ZvtField[]): boolean {
  if (control === '061E' && name === 'result') return true;
  if (control === '061E' && name === 'currency') return before[0]?.value[0] === 0x6f;
  if (name === 'currency')
    return currencyByNumeric(Buffer.from(field.value).toString('hex').slice(1)) !== undefined;
  if (name === 'version') return true;
  return name === 'terminal-status' && before.length > 0;
}

function headField(bytes: Uint8Array, at: number, name: string, size: string): ZvtField | string {
  const entry = headOf(name);
  const make = (prefix: number, length: number): ZvtField | string => {
    const start = at + prefix;
    if (start + length > bytes.length) {
      return `${name} at offset ${at} needs ${length} bytes, and ${Math.max(0, bytes.length - start)} follow`;
    }
    return {
      id: name,
      name: entry ?? UNREAD,
      kind: entry?.value ?? 'hex',
      offset: at,
      prefix: bytes.slice(at, start),
      value: bytes.slice(start, start + length),
      children: [],
    };
  };
  if (size === 'rest') return make(0, bytes.length - at);
  if (size !== 'lll') return make(0, Number(size));
  const length = nibbleLength(bytes.subarray(at, at + 3), 3);
  return length === undefined || (bytes[at] ?? 0) < 0xf0
    ? `no length of ${name} at offset ${at}`
    : make(3, length);
}

/** Bitmaps until the end. */
function bitmaps(bytes: Uint8Array, from: number): Body {
  const fields: ZvtField[] = [];
  let at = from;
  while (at < bytes.length) {
    const field = bitmap(bytes, at);
    if (typeof field === 'string') return broken(bytes, at, fields, field);
    fields.push(field);
    at += field.prefix.length + field.value.length;
  }
  return { fields };
}

function bitmap(bytes: Uint8Array, at: number): ZvtField | string {
  const id = hexByte(bytes[at] ?? 0);
  const entry = bmpOf(id);
  if (!entry) return `${id} at offset ${at} is no bitmap of ZVT`;
  const where = `BMP ${id} (${entry.en}) at offset ${at}`;
  const read = bmpLength(bytes, at + 1, entry.length);
  if (typeof read === 'string') return `${where}: ${read}`;
  const start = at + 1 + read.taken;
  if (start + read.length > bytes.length) {
    return `${where}: ${read.length} bytes expected, and ${bytes.length - start} follow`;
  }
  const value = bytes.slice(start, start + read.length);
  const children = entry.length === 'tlv' ? tags(bytes, start, start + read.length) : [];
  if (typeof children === 'string') return `${where}: ${children}`;
  return { id, name: entry, kind: entry.value, offset: at, prefix: bytes.slice(at, start), value, children };
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

/** Digits of a length stand in the lower nibbles; the upper ones are F and are not looked at. */
function nibbleLength(bytes: Uint8Array, count: number): number | undefined {
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

/** The tags between two places; a string says what is wrong. */
function tags(bytes: Uint8Array, from: number, to: number, depth = 0): ZvtField[] | string {
  if (depth > DEEPEST) return `tags are nested deeper than ${DEEPEST} levels at offset ${from}`;
  const found: ZvtField[] = [];
  let at = from;
  while (at < to) {
    const size = tagSize(bytes, at, to);
    if (size === undefined) return `the tag at offset ${at} is not whole`;
    const id = hex(bytes.subarray(at, at + size));
    const read = tlvLength(bytes, at + size, to);
    if (typeof read === 'string') return `tag ${id}: ${read}`;
    const start = at + size + read.taken;
    if (start + read.length > to) {
      return `tag ${id} at offset ${at}: ${read.length} bytes expected, and ${to - start} follow`;
    }
    const entry = tagOf(id);
    const value = bytes.slice(start, start + read.length);
    const inner = ((bytes[at] ?? 0) & 0x20) !== 0 ? tags(bytes, start, start + read.length, depth + 1) : [];
    // A tag that should hold tags and does not is still a tag: its value is shown.
    const children = typeof inner === 'string' ? [] : inner;
    const kind = children.length > 0 ? 'tlv' : (entry?.value ?? 'hex');
    found.push({
      id,
      name: entry ?? UNKNOWN_TAG,
      kind,
      offset: at,
      prefix: bytes.slice(at, start),
      value,
      children,
    });
    at = start + read.length;
  }
  return found;
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

function broken(bytes: Uint8Array, at: number, fields: readonly ZvtField[], why: string): Body {
  const rest: ZvtField = {
    id: 'rest',
    name: UNREAD,
    kind: 'secret',
    offset: at,
    prefix: NONE,
    value: bytes.slice(at),
    children: [],
  };
  return {
    fields: rest.value.length > 0 ? [...fields, rest] : fields,
    trouble: new RigError('CODEC_FIELD', 'file', why),
  };
}

const frame = (why: string): RigError => new RigError('CODEC_FRAME', 'file', why);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();
