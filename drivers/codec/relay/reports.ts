/** Relay boards that are switched by short binary reports. Outputs count from 1. */

/** Feature report of the boards 16C0:05DF (`USBRelay2` …): `FF n` on, `FD n` off, `FC` all off. */
export const featureSwitch = (output: number, on: boolean): Uint8Array =>
  Uint8Array.of(on ? 0xff : 0xfd, inByte(output), 0, 0, 0, 0, 0, 0);
export const featureAllOff = (): Uint8Array => Uint8Array.of(0xfc, 0, 0, 0, 0, 0, 0, 0);
/** Length of that report, read or written. */
export const FEATURE_LENGTH = 8;

/** State of an output in the report that such a board is asked for: byte 7, one bit an output. Undefined if it is too short. */
export function featureState(report: Uint8Array, output: number): boolean | undefined {
  const state = report[7];
  return state === undefined ? undefined : (state & (1 << (inByte(output) - 1))) !== 0;
}

/** Four bytes of the boards 5131:2007 and of the serial ones with a CH340 (LCUS): `A0 n s sum`. They tell nothing back. */
export function summedSwitch(output: number, on: boolean): Uint8Array {
  const bytes = [0xa0, inByte(output), on ? 1 : 0];
  return Uint8Array.of(...bytes, bytes.reduce((sum, byte) => sum + byte, 0) & 0xff);
}

/** Reads such bytes again; undefined when they are none. */
export function readSummed(bytes: Uint8Array): { readonly output: number; readonly on: boolean } | undefined {
  const [head, output, state, sum] = bytes;
  if (bytes.length !== 4 || head !== 0xa0 || output === undefined || (state !== 0 && state !== 1))
    return undefined;
  return sum === ((0xa0 + output + state) & 0xff) ? { output, on: state === 1 } : undefined;
}

function inByte(output: number): number {
  if (!Number.isInteger(output) || output < 1 || output > 255)
    throw new RangeError('outputs count from 1 to 255');
  return output;
}
