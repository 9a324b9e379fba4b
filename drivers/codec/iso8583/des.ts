import { createCipheriv, createDecipheriv } from 'node:crypto';
import { concat } from './bytes.ts';
import { fail } from './fail.ts';

/**
 * DES and triple DES in ECB mode without padding, for MACs, PIN blocks and keys of payment terminals. OpenSSL 3 keeps
 * single DES (`des-ecb`) out of its default provider; triple DES with the key repeated is the same function.
 */
function tripled(key: Uint8Array): Uint8Array {
  if (key.length === 8) return concat([key, key, key]);
  if (key.length === 16) return concat([key, key.subarray(0, 8)]);
  if (key.length === 24) return key;
  return fail('CRYPTO_KEY', 'bench', `expected a key of 8, 16 or 24 bytes, found ${key.length}`);
}

const whole = (data: Uint8Array): Uint8Array =>
  data.length % 8 === 0
    ? data
    : fail('CRYPTO_KEY', 'rig', `expected blocks of 8 bytes, found ${data.length} bytes`);

/** Encrypts blocks of 8 bytes. Key of 8, 16 or 24 bytes; throws CRYPTO_KEY for others. */
export function encrypt(key: Uint8Array, data: Uint8Array): Uint8Array {
  const cipher = createCipheriv('des-ede3', tripled(key), null).setAutoPadding(false);
  return concat([cipher.update(whole(data)), cipher.final()]);
}

/** Decrypts blocks of 8 bytes. */
export function decrypt(key: Uint8Array, data: Uint8Array): Uint8Array {
  const cipher = createDecipheriv('des-ede3', tripled(key), null).setAutoPadding(false);
  return concat([cipher.update(whole(data)), cipher.final()]);
}

/** XOR of two blocks of equal length. */
export const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ (b[i] ?? 0));

/** Data in blocks of 8 bytes, the last filled with zeros; no data is no block. */
export function blocksOf(data: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += 8) {
    const block = new Uint8Array(8);
    block.set(data.subarray(at, at + 8));
    blocks.push(block);
  }
  return blocks;
}
