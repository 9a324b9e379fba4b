import iconv from 'iconv-lite';
import { encodeApdu, type ZvtField } from './apdu.ts';
import { bmpOf, hexByte } from './catalogue.ts';

/** An APDU of a control field and the bytes of its fields, one behind the other. */
export function apdu(control: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const field = {
    id: 'data',
    name: { en: '', de: '', zh: '' },
    kind: 'hex',
    offset: 0,
    prefix: new Uint8Array(0),
    value: Buffer.concat(parts),
    children: [],
  } satisfies ZvtField;
  return encodeApdu({ control, long: false, fields: [field] });
}

/**
 * A bitmap with its length. Text is written in CP437, digits two to a byte; bytes as they are. Throws RangeError for a bitmap
 * that there is not, or a value that does not fit it.
 */
export function bmp(id: string, value: string | Uint8Array): Uint8Array {
  const entry = bmpOf(id);
  if (!entry) throw new RangeError(`${id} is no bitmap of ZVT`);
  const { length, value: kind } = entry;
  const fixed = typeof length === 'number' ? length : undefined;
  const bytes = typeof value === 'string' ? written(value, kind, fixed) : value;
  if (fixed !== undefined && bytes.length !== fixed) {
    throw new RangeError(`BMP ${id} has ${fixed} bytes, not ${bytes.length}`);
  }
  const head = length === 'tlv' ? berLength(bytes.length) : digitsLength(bytes.length, length);
  return Uint8Array.from([Number.parseInt(id, 16), ...head, ...bytes]);
}

/** A tag of a TLV container. Numbers are one byte; text is written in CP437. */
export function tag(id: string, value: string | number | Uint8Array): Uint8Array {
  const bytes =
    typeof value === 'number'
      ? Uint8Array.of(value)
      : typeof value === 'string'
        ? iconv.encode(value, 'cp437')
        : value;
  return Buffer.concat([Buffer.from(id, 'hex'), berLength(bytes.length), bytes]);
}

/** A tag that holds tags, or with `06` a container. */
export const holding = (id: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  id === '06' ? bmp('06', Buffer.concat(parts)) : tag(id, Buffer.concat(parts));

/** So many digits, two to a byte. Throws RangeError for what is none, or does not fit. */
export function bcd(digits: string, bytes: number): Uint8Array {
  if (!/^\d*$/.test(digits) || digits.length > bytes * 2) {
    throw new RangeError(`${digits} does not fit ${bytes * 2} digits`);
  }
  return Buffer.from(digits.padStart(bytes * 2, '0'), 'hex');
}

function written(value: string, kind: string, fixed: number | undefined): Uint8Array {
  if (kind === 'text') {
    const text = iconv.encode(value, 'cp437');
    return fixed === undefined
      ? text
      : Buffer.concat([text, Buffer.alloc(Math.max(0, fixed - text.length), 0x20)]);
  }
  if (kind === 'pan' || kind === 'track') {
    const digits = value.replace('=', 'D').replaceAll('*', 'E');
    return Buffer.from(digits.length % 2 === 0 ? digits : `${digits}F`, 'hex');
  }
  return bcd(value, fixed ?? Math.ceil(value.length / 2));
}

function digitsLength(length: number, form: number | 'll' | 'lll'): number[] {
  if (typeof form === 'number') return [];
  const digits = String(length).padStart(form.length, '0');
  if (digits.length > form.length)
    throw new RangeError(`a length of ${length} does not fit ${form.length} digits`);
  return [...digits].map((digit) => 0xf0 + Number(digit));
}

function berLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  if (length < 0x100) return Uint8Array.of(0x81, length);
  if (length < 0x1_0000) return Uint8Array.of(0x82, length >> 8, length & 0xff);
  throw new RangeError(`a TLV of ${length} bytes is too long`);
}

/** 80 00, or 84 with a code. */
export const answer = (code?: number): Uint8Array =>
  code === undefined ? apdu('8000') : apdu(`84${hexByte(code)}`);
