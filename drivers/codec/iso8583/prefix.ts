import { concat } from './bytes.ts';

/** How a length is written: two digits a byte, ASCII digits, or a big-endian number. */
export type LengthEncoding = 'bcd' | 'ascii' | 'binary';

/** Writes a length into exactly `bytes` bytes; undefined when it does not fit. */
export function writeLength(value: number, encoding: LengthEncoding, bytes: number): Uint8Array | undefined {
  const base = encoding === 'binary' ? 256 : encoding === 'bcd' ? 100 : 10;
  const written = new Uint8Array(bytes);
  let rest = value;
  for (let i = bytes - 1; i >= 0; i--) {
    const digit = rest % base;
    written[i] =
      encoding === 'binary'
        ? digit
        : encoding === 'bcd'
          ? Math.floor(digit / 10) * 16 + (digit % 10)
          : 0x30 + digit;
    rest = Math.floor(rest / base);
  }
  return rest === 0 ? written : undefined;
}

/** Reads a length; undefined when a digit is none. */
export function readLength(bytes: Uint8Array, encoding: LengthEncoding): number | undefined {
  let value = 0;
  for (const byte of bytes) {
    if (encoding === 'binary') {
      value = value * 256 + byte;
    } else if (encoding === 'ascii') {
      if (byte < 0x30 || byte > 0x39) return undefined;
      value = value * 10 + byte - 0x30;
    } else {
      const [high, low] = [byte >> 4, byte & 15];
      if (high > 9 || low > 9) return undefined;
      value = value * 100 + high * 10 + low;
    }
  }
  return value;
}

/** Puts a length header in front of a payload; undefined when the payload is too long for it. */
export function withLength(
  payload: Uint8Array,
  header: { readonly encoding: LengthEncoding; readonly bytes: number; readonly 'counts-itself': boolean },
): Uint8Array | undefined {
  const count = payload.length + (header['counts-itself'] ? header.bytes : 0);
  const length = writeLength(count, header.encoding, header.bytes);
  return length && concat([length, payload]);
}
