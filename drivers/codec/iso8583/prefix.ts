import type { Encoding } from './dialect.ts';

/** Bytes of a length of so many digits. */
export function lengthBytes(digits: number, encoding: Encoding): number {
  return encoding === 'ascii' || encoding === 'ebcdic' ? digits : Math.ceil(digits / 2);
}

/**
 * Writes a length into exactly `count` bytes from `at`: two digits a byte (bcd), ASCII or EBCDIC digits, or a big-endian
 * number. False when it does not fit.
 */
export function writeLength(
  into: Uint8Array,
  at: number,
  count: number,
  encoding: Encoding,
  value: number,
): boolean {
  let rest = value;
  for (let i = at + count - 1; i >= at; i--) {
    if (encoding === 'binary') {
      into[i] = rest & 0xff;
      rest = Math.floor(rest / 256);
    } else if (encoding === 'bcd') {
      into[i] = (Math.floor(rest / 10) % 10) * 16 + (rest % 10);
      rest = Math.floor(rest / 100);
    } else {
      into[i] = (encoding === 'ascii' ? 0x30 : 0xf0) + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
  return rest === 0;
}

/** Reads a length of `count` bytes from `at`; -1 when a digit is none or bytes are missing. */
export function readLength(bytes: Uint8Array, at: number, count: number, encoding: Encoding): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const byte = bytes[i];
    if (byte === undefined) return -1;
    if (encoding === 'binary') {
      value = value * 256 + byte;
    } else if (encoding === 'bcd') {
      const low = byte & 15;
      if (byte > 0x99 || low > 9) return -1;
      value = value * 100 + (byte >> 4) * 10 + low;
    } else {
      const digit = byte - (encoding === 'ascii' ? 0x30 : 0xf0);
      if (digit < 0 || digit > 9) return -1;
      value = value * 10 + digit;
    }
  }
  return value;
}
