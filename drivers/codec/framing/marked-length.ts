import type { Examined, Framing } from './scanner.ts';

/**
 * `55 AA` type ack id length(2, high byte first) data check `CC 33`, as Android terminals speak it on a USB serial line. The
 * check is the XOR of everything between the first mark and itself.
 */
export interface MarkedFrame {
  readonly kind: number;
  /** Id of the message that is acknowledged along with this one, or 0. */
  readonly ack: number;
  /** 1 to 255. */
  readonly id: number;
  readonly data: Uint8Array;
}

const HEAD = 7;
const TAIL = 3;
/** Longest frame where nothing else is said, bytes. */
const LONGEST = 1024;

/** @param longest bytes of a frame, marks and all */
export const markedLengthUpTo = (longest: number): Framing & { frame(marked: MarkedFrame): Uint8Array } => ({
  name: '55 AA … CC 33',
  longest,
  examine: (bytes, at): Examined => {
    if (bytes[at] !== 0x55) return { is: 'nothing' };
    if (at + 1 >= bytes.length) return { is: 'begun' };
    if (bytes[at + 1] !== 0xaa) return { is: 'nothing' };
    if (at + HEAD > bytes.length) return { is: 'begun' };
    const data = ((bytes[at + 5] ?? 0) << 8) | (bytes[at + 6] ?? 0);
    const length = HEAD + data + TAIL;
    if (length > longest) return { is: 'bad', length: HEAD, why: `${data} bytes of data`, ended: true };
    if (at + length > bytes.length) return { is: 'begun' };
    const end = at + HEAD + data;
    if (bytes[end + 1] !== 0xcc || bytes[end + 2] !== 0x33) {
      return { is: 'bad', length, why: 'CC 33 does not stand where the length says', ended: true };
    }
    const expected = xor(bytes.subarray(at + 2, end));
    if (bytes[end] !== expected) return { is: 'bad', length, why: 'the check byte is wrong', ended: true };
    const [kind = 0, ack = 0, id = 0] = bytes.subarray(at + 2, at + 5);
    return { is: 'frame', length, payload: bytes.slice(at + HEAD, end), head: { kind, ack, id } };
  },
  /** Throws RangeError when the data is too long. */
  frame: ({ kind, ack, id, data }) => {
    if (HEAD + data.length + TAIL > longest) throw new RangeError(`a frame has at most ${longest} bytes`);
    const inner = [kind, ack, id, data.length >> 8, data.length & 0xff, ...data];
    return Uint8Array.from([0x55, 0xaa, ...inner, xor(inner), 0xcc, 0x33]);
  },
});

/** As the protocol was published: 1024 bytes at most. */
export const markedLength = markedLengthUpTo(LONGEST);

const xor = (bytes: Iterable<number>): number => {
  let sum = 0;
  for (const byte of bytes) sum ^= byte;
  return sum;
};
