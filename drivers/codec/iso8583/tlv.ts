import { concat, fromHex, toHex } from './bytes.ts';
import { fail } from './fail.ts';

/** One data object: tag and value as upper case hex; offset of the value in what was decoded. */
export interface Tlv {
  readonly tag: string;
  readonly value: string;
  readonly offset: number;
  /** How tag and length were written, so that unusual but legal forms can be told. */
  readonly length: number;
}

/**
 * Decodes a list of BER-TLV data objects (ISO/IEC 8825-1 as EMV Book 3 annex B uses it), one level deep. Tags of at most
 * four bytes, lengths of at most two length bytes, padding bytes 00 between objects are skipped. `hex` is the text of the bytes, where it is
 * known already. Throws CODEC_FIELD.
 */
export function decodeTlv(bytes: Uint8Array, hex = toHex(bytes)): Tlv[] {
  const objects: Tlv[] = [];
  const end = bytes.length;
  let at = 0;
  while (at < end) {
    const start = at;
    const first = bytes[at++] ?? 0;
    if (first === 0) continue;
    if ((first & 0x1f) === 0x1f) {
      for (let more = true; more; ) {
        if (at >= end) ends(at, 'the rest of a tag');
        if (at - start > 3) refuse(`BER-TLV tag at offset ${start} is longer than four bytes`);
        more = ((bytes[at++] ?? 0) & 0x80) !== 0;
      }
    }
    const tag = hex.substring(start * 2, at * 2);
    if (at >= end) ends(at, `the length of tag ${tag}`);
    let length = bytes[at++] ?? 0;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count < 1 || count > 2) refuse(`BER-TLV tag ${tag}: length form ${length} is not used`);
      if (at + count > end) ends(end, `the length of tag ${tag}`);
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + (bytes[at++] ?? 0);
    }
    if (at + length > end) {
      refuse(`BER-TLV tag ${tag} at offset ${start}: expected ${length} bytes, ${end - at} are left`);
    }
    objects.push({ tag, value: hex.substring(at * 2, (at + length) * 2), offset: at, length });
    at += length;
  }
  return objects;
}

const refuse = (message: string): never => fail('CODEC_FIELD', 'terminal', message);
const ends = (at: number, expected: string): never =>
  refuse(`BER-TLV ends at offset ${at}: expected ${expected}`);

/** Encodes data objects in the order given; values as hex or bytes. Throws CODEC_FIELD for what is not hex. */
export function encodeTlv(
  objects: readonly (readonly [tag: string, value: string | Uint8Array])[],
): Uint8Array {
  return concat(
    objects.flatMap(([tag, value]) => {
      const head = fromHex(tag);
      const body = typeof value === 'string' ? fromHex(value) : value;
      if (!head?.length || !body)
        fail('CODEC_FIELD', 'rig', `BER-TLV tag ${tag}: expected tag and value as hex`);
      if (body.length > 0xffff)
        fail('CODEC_FIELD', 'rig', `BER-TLV tag ${tag}: value is longer than 65535 bytes`);
      const n = body.length;
      const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff];
      return [head, Uint8Array.from(length), body];
    }),
  );
}
