import { controlAt, type Examined, type TwoWayFraming } from './scanner.ts';

/**
 * The framing of ZVT on a serial line: `DLE STX` data `DLE ETX` CRC-low CRC-high. A DLE in the data is doubled. The CRC goes
 * over the data before doubling, and ETX (PA00P016, transport protocol of the serial connection). Between frames stand ACK
 * and NAK as single bytes.
 */

const DLE = 0x10;
const STX = 0x02;
const ETX = 0x03;

/** CRC-16 with the polynomial of CCITT reflected (0x8408), initial value 0; its check value over `123456789` is 0x2189. */
export function crc16Kermit(bytes: Iterable<number>): number {
  let crc = 0;
  for (const byte of bytes) crc = step(crc, byte);
  return crc;
}

function step(crc: number, byte: number): number {
  let next = crc ^ byte;
  for (let bit = 0; bit < 8; bit++) next = next & 1 ? (next >>> 1) ^ 0x8408 : next >>> 1;
  return next;
}

/** @param longest longest frame on the wire, bytes; the default holds an APDU of 16 KiB with every byte doubled */
export function dleCrc(longest = 32_790): TwoWayFraming {
  return { name: 'DLE STX … DLE ETX CRC', longest, examine, frame };
}

/** Writes one frame. */
function frame(payload: Uint8Array): Uint8Array {
  const body: number[] = [];
  let crc = 0;
  for (const byte of payload) {
    body.push(byte);
    if (byte === DLE) body.push(DLE);
    crc = step(crc, byte);
  }
  crc = step(crc, ETX);
  return Uint8Array.from([DLE, STX, ...body, DLE, ETX, crc & 0xff, crc >>> 8]);
}

function examine(bytes: Uint8Array, at: number, seen: number): Examined {
  const first = bytes[at];
  if (first !== DLE) return controlAt(first, ['ACK', 'NAK']);
  if (at + 1 >= bytes.length) return { is: 'begun' };
  if (bytes[at + 1] !== STX) return { is: 'nothing' };
  // What was seen up to is never between the two bytes of a pair.
  for (let i = at + Math.max(2, seen); i < bytes.length; i++) {
    if (bytes[i] !== DLE) continue;
    if (i + 1 >= bytes.length) return { is: 'begun', seen: i - at };
    const second = bytes[i + 1];
    if (second === DLE) i++;
    else if (second === ETX) return closed(bytes, at, i);
    else if (second === STX)
      return { is: 'bad', length: i - at, why: 'another frame begins inside', ended: false };
    else return { is: 'bad', length: i - at + 1, why: `DLE before ${hex(second ?? 0)}`, ended: true };
  }
  return { is: 'begun', seen: bytes.length - at };
}

/** The frame whose DLE ETX stands at `end`. */
function closed(bytes: Uint8Array, at: number, end: number): Examined {
  const low = bytes[end + 2];
  const high = bytes[end + 3];
  if (low === undefined || high === undefined) return { is: 'begun', seen: end - at };
  const payload = undouble(bytes.subarray(at + 2, end));
  const expected = step(crc16Kermit(payload), ETX);
  const found = low | (high << 8);
  const length = end + 4 - at;
  if (expected === found) return { is: 'frame', length, payload };
  const why = `CRC ${hex(low)} ${hex(high)}, expected ${hex(expected & 0xff)} ${hex(expected >>> 8)}`;
  return { is: 'bad', length, why, ended: true };
}

function undouble(body: Uint8Array): Uint8Array {
  const payload = new Uint8Array(body.length);
  let length = 0;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i] ?? 0;
    payload[length++] = byte;
    if (byte === DLE) i++;
  }
  return payload.slice(0, length);
}

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');
