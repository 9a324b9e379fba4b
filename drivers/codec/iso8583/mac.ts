import { sameBytes, toHex } from './bytes.ts';
import { decodeMessage } from './decode.ts';
import { blocksOf, decrypt, encrypt, xor } from './des.ts';
import type { Dialect } from './dialect.ts';
import { fail } from './fail.ts';

type Algorithm = NonNullable<Dialect['mac']>['algorithm'];

/**
 * UnionPay's ECB MAC: XOR of all zero-padded blocks, written as 16 hex characters; the first 8 encrypted, XORed with the
 * last 8, encrypted again; the MAC is the first 8 hex characters of that. A 16-byte key takes 3DES for DES.
 */
function unionPayEcb(mak: Uint8Array, data: Uint8Array): Uint8Array {
  const folded = blocksOf(data).reduce(xor, new Uint8Array(8));
  const text = Buffer.from(toHex(folded), 'latin1');
  const first = encrypt(mak, text.subarray(0, 8));
  return Buffer.from(toHex(encrypt(mak, xor(first, text.subarray(8)))).slice(0, 8), 'latin1');
}

/** ANSI X9.9: DES in CBC mode, the last block. */
const cbc = (key: Uint8Array, data: Uint8Array): Uint8Array =>
  blocksOf(data).reduce((chain, block) => encrypt(key, xor(chain, block)), new Uint8Array(8));

/** ANSI X9.19: CBC with the left half of the key, the last block decrypted with the right half and encrypted again. */
function x919(mak: Uint8Array, data: Uint8Array): Uint8Array {
  if (mak.length !== 16) fail('CRYPTO_KEY', 'bench', `X9.19 needs a MAC key of 16 bytes, not ${mak.length}`);
  const [left, right] = [mak.subarray(0, 8), mak.subarray(8)];
  return encrypt(left, decrypt(right, cbc(left, data)));
}

const ALGORITHMS: Readonly<Record<Algorithm, (mak: Uint8Array, data: Uint8Array) => Uint8Array>> = {
  'unionpay-ecb': unionPayEcb,
  'x9.9': cbc,
  'x9.19': x919,
};

/** MAC over data (MTI up to the field before the MAC, its bit set). Eight bytes, as they stand in the field. */
export function macOfData(dialect: Dialect, data: Uint8Array, mak: Uint8Array): Uint8Array {
  if (!dialect.mac) fail('CODEC_FIELD', 'rig', `the dialect ${dialect.id} has no MAC`);
  return ALGORITHMS[dialect.mac.algorithm](mak, data);
}

/**
 * The MAC that a frame ought to carry: over its MTI up to the field before the MAC. The frame must have a MAC field
 * (right or wrong); throws CODEC_FIELD when it has none, and whatever `decodeMessage` throws.
 */
export function macOf(
  dialect: Dialect,
  frame: Uint8Array,
  mak: Uint8Array,
  options: { readonly length?: boolean } = {},
): Uint8Array {
  const message = decodeMessage(dialect, frame, options);
  const field = message.layout.find(({ id }) => id === dialect.mac?.field);
  if (!field) fail('CODEC_FIELD', 'terminal', `the message ${message.mti} has no MAC`);
  return macOfData(dialect, frame.subarray(message.mtiAt, field.offset), mak);
}

/** Whether a frame's MAC is right. */
export function verifyMac(
  dialect: Dialect,
  frame: Uint8Array,
  mak: Uint8Array,
  options: { readonly length?: boolean } = {},
): 'ok' | 'wrong' | 'absent' {
  const message = decodeMessage(dialect, frame, options);
  const field = message.layout.find(({ id }) => id === dialect.mac?.field);
  if (!field) return 'absent';
  const carried = frame.subarray(field.offset, field.offset + field.length);
  const due = macOfData(dialect, frame.subarray(message.mtiAt, field.offset), mak);
  return sameBytes(carried, due) ? 'ok' : 'wrong';
}
