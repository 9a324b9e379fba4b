import { sameBytes, toHex } from './bytes.ts';
import { decodeMessage } from './decode.ts';
import type { DecodedMessage, DecodeOptions } from './decoded.ts';
import { blocksOf, decrypt, encrypt, xor } from './des.ts';
import type { Dialect } from './dialect.ts';
import { fail } from './fail.ts';

export type MacAlgorithm = NonNullable<Dialect['mac']>['algorithm'];

/** All blocks, the last filled with zeros, XORed into one. */
const folded = (data: Uint8Array): Uint8Array => blocksOf(data).reduce(xor, new Uint8Array(8));

/**
 * UnionPay's ECB MAC: XOR of all zero-padded blocks, written as 16 hex characters; the first 8 encrypted, XORed with the
 * last 8, encrypted again; the MAC is the first 8 hex characters of that. A 16-byte key takes 3DES for DES.
 */
function unionPayEcb(mak: Uint8Array, data: Uint8Array): Uint8Array {
  const text = Buffer.from(toHex(folded(data)), 'latin1');
  const first = encrypt(mak, text.subarray(0, 8));
  return Buffer.from(toHex(encrypt(mak, xor(first, text.subarray(8)))).slice(0, 8), 'latin1');
}

/** ANSI X9.9 (ISO/IEC 9797-1 algorithm 1): DES in CBC mode over zero-padded blocks, the last block. */
const cbc = (key: Uint8Array, data: Uint8Array): Uint8Array =>
  blocksOf(data).reduce((chain, block) => encrypt(key, xor(chain, block)), new Uint8Array(8));

/**
 * ANSI X9.19 (ISO/IEC 9797-1 algorithm 3, the retail MAC): CBC with the left half of the key, the last block decrypted
 * with the right half and encrypted again with the left. Key of 16 bytes.
 */
function x919(mak: Uint8Array, data: Uint8Array): Uint8Array {
  if (mak.length !== 16) fail('CRYPTO_KEY', 'bench', `X9.19 needs a MAC key of 16 bytes, not ${mak.length}`);
  const [left, right] = [mak.subarray(0, 8), mak.subarray(8)];
  return encrypt(left, decrypt(right, cbc(left, data)));
}

/** XOR of all zero-padded blocks, encrypted once; with a key of 16 bytes by 3DES. */
const xorThenEncrypt = (mak: Uint8Array, data: Uint8Array): Uint8Array => encrypt(mak, folded(data));

const ALGORITHMS: Readonly<Record<MacAlgorithm, (mak: Uint8Array, data: Uint8Array) => Uint8Array>> = {
  'unionpay-ecb': unionPayEcb,
  'x9.9': cbc,
  'x9.19': x919,
  'xor-3des': xorThenEncrypt,
};

/**
 * MAC of any data, eight bytes. Keys of 8 or 16 bytes, x9.19 of 16; throws CRYPTO_KEY for others. With no data at all the
 * chain is one of zeros.
 */
export const macBy = (algorithm: MacAlgorithm, mak: Uint8Array, data: Uint8Array): Uint8Array =>
  ALGORITHMS[algorithm](mak, data);

/** MAC over data (MTI up to the field before the MAC, its bit set). Eight bytes: the value of the MAC field. */
export function macOfData(dialect: Dialect, data: Uint8Array, mak: Uint8Array): Uint8Array {
  if (!dialect.mac) fail('CODEC_FIELD', 'rig', `the dialect ${dialect.id} has no MAC`);
  return macBy(dialect.mac.algorithm, mak, data);
}

/** The MAC of a decoded frame: as carried, and as it ought to be; undefined when it carries none. */
function macsOf(dialect: Dialect, message: DecodedMessage, mak: Uint8Array) {
  const { mac } = dialect;
  const field =
    mac &&
    (message.layout.find(({ id }) => id === mac['second-field']) ??
      message.layout.find(({ id }) => id === mac.field));
  if (!field) return undefined;
  const carried = Uint8Array.from(Buffer.from(message.fields[field.id] ?? '', 'hex'));
  return { carried, due: macOfData(dialect, message.bytes.subarray(message.mtiAt, field.offset), mak) };
}

/**
 * The MAC that a frame ought to carry: over its MTI up to the field before the MAC. The frame must have a MAC field
 * (right or wrong); throws CODEC_FIELD when it has none, and whatever `decodeMessage` throws.
 */
export function macOf(
  dialect: Dialect,
  frame: Uint8Array,
  mak: Uint8Array,
  options: DecodeOptions = {},
): Uint8Array {
  const message = decodeMessage(dialect, frame, options);
  const macs = macsOf(dialect, message, mak);
  if (!macs) fail('CODEC_FIELD', 'terminal', `the message ${message.mti} has no MAC`);
  return macs.due;
}

/** Whether a frame's MAC is right. Throws whatever `decodeMessage` throws. */
export function verifyMac(
  dialect: Dialect,
  frame: Uint8Array,
  mak: Uint8Array,
  options: DecodeOptions = {},
): 'ok' | 'wrong' | 'absent' {
  const macs = macsOf(dialect, decodeMessage(dialect, frame, options), mak);
  if (!macs) return 'absent';
  return sameBytes(macs.carried, macs.due) ? 'ok' : 'wrong';
}
