import type { Examined, TwoWayFraming } from './scanner.ts';

/** A length in front of every message, and nothing else: what till links over TCP mostly do. */
export interface LengthPrefixOptions {
  /** How the length is written: binary with the high or the low byte first, decimal digits, or two digits a byte. */
  readonly form: 'big-endian' | 'little-endian' | 'ascii' | 'bcd';
  /** Bytes that the length takes, 1 to 6. */
  readonly bytes: number;
  /** The length counts itself. */
  readonly inclusive?: boolean;
  /** Longest payload, bytes. A length beyond it is none. */
  readonly longest?: number;
}

/**
 * There is nothing to recognise a beginning by but a length that can be: after garbage the next frame is found when the
 * garbage is over, by a length that fits, or by `flush()`.
 */
export function lengthPrefix({
  form,
  bytes: width,
  inclusive = false,
  longest = 8192,
}: LengthPrefixOptions): TwoWayFraming {
  const own = inclusive ? width : 0;
  const examine = (bytes: Uint8Array, at: number): Examined => {
    if (at + width > bytes.length) {
      return possible(bytes.subarray(at), form) ? { is: 'begun' } : { is: 'nothing' };
    }
    const told = read(bytes.subarray(at, at + width), form);
    if (told === undefined) return { is: 'nothing' };
    const payload = told - own;
    if (payload < 1 || payload > longest) return { is: 'nothing' };
    const length = width + payload;
    if (at + length > bytes.length) return { is: 'begun' };
    return { is: 'frame', length, payload: bytes.slice(at + width, at + length) };
  };
  return {
    name: 'length prefix',
    longest: longest + width,
    examine,
    frame: (payload) => {
      if (payload.length < 1 || payload.length > longest) {
        throw new RangeError(`a payload has 1 to ${longest} bytes, not ${payload.length}`);
      }
      return Buffer.concat([write(payload.length + own, form, width), payload]);
    },
  };
}

const digitByte = { ascii: (byte: number) => byte >= 0x30 && byte <= 0x39, bcd: isBcd } as const;

function isBcd(byte: number): boolean {
  return byte >> 4 <= 9 && (byte & 0x0f) <= 9;
}

const possible = (bytes: Uint8Array, form: LengthPrefixOptions['form']): boolean =>
  form === 'ascii' || form === 'bcd' ? bytes.every(digitByte[form]) : true;

function read(bytes: Uint8Array, form: LengthPrefixOptions['form']): number | undefined {
  if (!possible(bytes, form)) return undefined;
  if (form === 'ascii') return Number(Buffer.from(bytes).toString('latin1'));
  if (form === 'bcd') return Number(Buffer.from(bytes).toString('hex'));
  const buffer = Buffer.from(bytes);
  return form === 'big-endian' ? buffer.readUIntBE(0, buffer.length) : buffer.readUIntLE(0, buffer.length);
}

/** Throws RangeError when it does not fit. */
function write(value: number, form: LengthPrefixOptions['form'], width: number): Uint8Array {
  const digits = form === 'bcd' ? width * 2 : width;
  if (form === 'ascii' || form === 'bcd') {
    const text = String(value).padStart(digits, '0');
    if (text.length > digits) throw new RangeError(`a length of ${value} does not fit ${digits} digits`);
    return Buffer.from(text, form === 'bcd' ? 'hex' : 'latin1');
  }
  const buffer = Buffer.alloc(width);
  if (form === 'big-endian') buffer.writeUIntBE(value, 0, width);
  else buffer.writeUIntLE(value, 0, width);
  return buffer;
}
