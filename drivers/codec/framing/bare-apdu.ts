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
  /**
   * Which others may be commands that nobody knows yet, and are to be answered. One of them is taken where it is whole and nothing
   * stands behind it, or another APDU: in bytes that belong to no frame lengths chain by chance.
   */
  readonly strange?: (cla: number, ins: number) => boolean;
}

/** So many commands that nobody knows may stand behind each other. */
const STRANGE_MOST = 4;

export function bareApdu({ longestData = 65_535, known, strange }: BareApduOptions = {}): TwoWayFraming {
  const follows = (bytes: Uint8Array, at: number, before: number): boolean => {
    const [cla, ins] = bytes.subarray(at, at + 2);
    if (cla === undefined || ins === undefined) return true;
    if (known?.(cla, ins)) return true;
    return before < STRANGE_MOST && look(bytes, at, before + 1).is === 'frame';
  };
  const look = (bytes: Uint8Array, at: number, before: number): Examined => {
    const [cla, ins, first] = bytes.subarray(at, at + 3);
    if (cla === undefined) return { is: 'nothing' };
    if (ins === undefined) return { is: 'begun' };
    const isStrange = known !== undefined && !known(cla, ins);
    if (isStrange && !strange?.(cla, ins)) return { is: 'nothing' };
    const head = first === 0xff ? 5 : 3;
    if (first === undefined || at + head > bytes.length) return { is: 'begun' };
    const data = first === 0xff ? (bytes[at + 3] ?? 0) | ((bytes[at + 4] ?? 0) << 8) : first;
    if (data > longestData) {
      return { is: 'bad', length: head, why: `an APDU of ${data} bytes of data`, ended: true };
    }
    const length = head + data;
    if (at + length > bytes.length) return { is: 'begun' };
    if (isStrange && !follows(bytes, at + length, before)) return { is: 'nothing' };
    return { is: 'frame', length, payload: bytes.slice(at, at + length) };
  };
  // In what is given up as unfinished nobody looks for commands that nobody knows.
  const examine = (bytes: Uint8Array, at: number, _seen: number, over: boolean): Examined => {
    const [cla = 0, ins = 0] = bytes.subarray(at, at + 2);
    return over && known?.(cla, ins) === false ? { is: 'nothing' } : look(bytes, at, 0);
  };
  return { name: 'bare APDU', longest: longestData + 5, examine, frame: (apdu) => apdu };
}
