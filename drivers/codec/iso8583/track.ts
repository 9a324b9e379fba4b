import { fromHex, toHex } from './bytes.ts';
import { decrypt, encrypt } from './des.ts';
import { fail } from './fail.ts';

/**
 * Track encryption of UnionPay-style terminals (F53 with 1 as its third digit): of the packed track the eight bytes that
 * end one byte before its end, under the track key, replaced in place. Values are those of fields 35 and 36: digits, `=`
 * for the separator; after encryption also A to F.
 */
export const encryptTrack = (tdk: Uint8Array, track: string): string =>
  inPlace(track, (block) => encrypt(tdk, block));

/** The track as it was before `encryptTrack`. Throws CODEC_FIELD for a track of fewer than 17 digits. */
export const decryptTrack = (tdk: Uint8Array, track: string): string =>
  inPlace(track, (block) => decrypt(tdk, block));

function inPlace(track: string, change: (block: Uint8Array) => Uint8Array): string {
  // The last byte holds two digits, or one and the padding nibble; the block never reaches into it.
  const end = Math.ceil(track.length / 2) * 2 - 2;
  const start = end - 16;
  const block = start < 0 ? undefined : fromHex(track.slice(start, end).replaceAll('=', 'D'));
  if (!block) fail('CODEC_FIELD', 'rig', 'track: expected at least 17 digits, = or A to F');
  return track.slice(0, start) + toHex(change(block)).replaceAll('D', '=') + track.slice(end);
}
