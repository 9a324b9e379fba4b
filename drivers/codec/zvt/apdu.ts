import { RigError } from '../../../rig/model/errors.ts';
import { currencyByNumeric } from '../../../rig/model/money.ts';
import { type CommandEntry, commandOf, headOf, hexByte } from './catalogue.ts';
import {
  bitmaps,
  lastContainer,
  nibbleLength,
  type ReadFields,
  restOf,
  UNREAD,
  type ZvtField,
} from './fields.ts';

export type { ZvtField } from './fields.ts';

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

type Body = ReadFields;

function body(bytes: Uint8Array, from: number, control: string, command: CommandEntry | undefined): Body {
  const read = withHeads(bytes, from, control, command, command?.head ?? [], []);
  return read.trouble ? (makersOwn(bytes, from, control, command) ?? read) : read;
}

/**
 * What makers send in their own way is no trouble: commands that the specification leaves to them (0F xx) or does not know,
 * and completions that are plain text.
 */
function makersOwn(
  bytes: Uint8Array,
  from: number,
  control: string,
  command: CommandEntry | undefined,
): Body | undefined {
  const data = bytes.slice(from);
  const text = data.length > 0 && data.every((byte) => byte >= 0x20 && byte < 0x7f);
  if (text && (control === '060F' || !command)) {
    return { fields: [{ ...restOf(bytes, from), id: 'text', name: headOf('text') ?? UNREAD, kind: 'text' }] };
  }
  if (command || control.startsWith('80') || control.startsWith('84')) return undefined;
  return { fields: [{ ...restOf(bytes, from), id: 'data', name: headOf('data') ?? UNREAD, kind: 'hex' }] };
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
  if (size === 'line' && typeof taken !== 'string' && taken.value.length === 0)
    return withHeads(bytes, at, control, command, more, before);
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
  const abort = control === '061E' || control === '841E';
  if (abort && name === 'result') return true;
  if (abort && name === 'currency') return before[0]?.value[0] === 0x6f;
  if (name === 'currency')
    return currencyByNumeric(Buffer.from(field.value).toString('hex').slice(1)) !== undefined;
  if (['version', 'seconds', 'to', 'attribute', 'text'].includes(name)) return true;
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
  if (size === 'line') return make(0, lastContainer(bytes, at) - at);
  if (size !== 'lll') return make(0, Number(size));
  const length = nibbleLength(bytes.subarray(at, at + 3), 3);
  return length === undefined || (bytes[at] ?? 0) < 0xf0
    ? `no length of ${name} at offset ${at}`
    : make(3, length);
}

function broken(bytes: Uint8Array, at: number, fields: readonly ZvtField[], why: string): Body {
  const rest = restOf(bytes, at);
  return {
    fields: rest.value.length > 0 ? [...fields, rest] : fields,
    trouble: new RigError('CODEC_FIELD', 'file', why),
  };
}

const frame = (why: string): RigError => new RigError('CODEC_FRAME', 'file', why);
