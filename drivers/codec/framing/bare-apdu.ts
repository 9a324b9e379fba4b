import type { Examined, TwoWayFraming } from './scanner.ts';

/**
 * The framing of ZVT over TCP: the bare APDU, which tells its own length. Class, instruction, one length byte; 0xFF is
 * followed by the length in two bytes, low byte first (PA00P015).
 */
export interface BareApduOptions {
  /** Longest data of an APDU, 255 to 65535 bytes. */
  readonly longestData?: number;
  /** Which classes and instructions there are; where others stand no APDU begins. Without it everything is one. */
  readonly known?: (cla: number, ins: number) => boolean;
}

export function bareApdu({ longestData = 65_535, known }: BareApduOptions = {}): TwoWayFraming {
  const examine = (bytes: Uint8Array, at: number): Examined => {
    const [cla, ins, first] = bytes.subarray(at, at + 3);
    if (cla === undefined) return { is: 'nothing' };
    if (ins === undefined) return { is: 'begun' };
    if (known && !known(cla, ins)) return { is: 'nothing' };
    const head = first === 0xff ? 5 : 3;
    if (first === undefined || at + head > bytes.length) return { is: 'begun' };
    const data = first === 0xff ? (bytes[at + 3] ?? 0) | ((bytes[at + 4] ?? 0) << 8) : first;
    if (data > longestData) {
      return { is: 'bad', length: head, why: `an APDU of ${data} bytes of data`, ended: true };
    }
    const length = head + data;
    if (at + length > bytes.length) return { is: 'begun' };
    return { is: 'frame', length, payload: bytes.slice(at, at + length) };
  };
  return { name: 'bare APDU', longest: longestData + 5, examine, frame: (apdu) => apdu };
}
