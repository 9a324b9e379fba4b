import { constants, createPublicKey, type KeyObject, publicDecrypt } from 'node:crypto';

/** What a signature holds before the token: the identifier of SHA-1. The token itself stands where a digest would. */
const SHA1_INFO = Buffer.from('3021300906052b0e03021a05000414', 'hex');
const WORDS = 64;

/** Whether a token was signed with the private half of a key. */
export function signedBy(key: KeyObject, token: Buffer, signature: Buffer): boolean {
  try {
    const opened = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
    return opened.equals(Buffer.concat([SHA1_INFO, token]));
  } catch {
    return false;
  }
}

/**
 * The key of an `AUTH` packet that offers one: base64 of Android's own structure (words of the modulus, -1/n mod 2^32, the
 * modulus and R² little-endian, the exponent), then a name. Undefined for anything else. Source: Android's
 * `libcrypto_utils/android_pubkey`.
 */
export function offeredKey(payload: Buffer): KeyObject | undefined {
  const [text = ''] = payload.toString('latin1').replace(/\0.*$/su, '').split(' ');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== 8 + 2 * WORDS * 4 + 4 || bytes.readUInt32LE(0) !== WORDS) return undefined;
  const modulus = Buffer.from(bytes.subarray(8, 8 + WORDS * 4)).reverse();
  const exponent = bytes.readUInt32LE(bytes.length - 4);
  const e = Buffer.alloc(4);
  e.writeUInt32BE(exponent);
  try {
    const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: e.toString('base64url') };
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
}
