import { createHash } from 'node:crypto';

/**
 * Bytes that look random but follow from the seed and what they are for, so that two runs with one seed send the same
 * frames, and a reboot does not repeat an earlier value. At most 32 bytes.
 */
export function seededBytes(seed: number, purpose: string, length: number): Uint8Array {
  return createHash('sha256').update(`${seed}/${purpose}`).digest().subarray(0, length);
}

/** A number in [0, 1) that follows from the seed and what it is for. */
export function seededFraction(seed: number, purpose: string): number {
  return Buffer.from(seededBytes(seed, purpose, 4)).readUInt32BE() / 2 ** 32;
}
