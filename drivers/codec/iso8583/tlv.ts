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
 * four bytes, lengths of at most two length bytes, padding bytes 00 between objects are skipped. Throws CODEC_FIELD.
 */
export function decodeTlv(bytes: Uint8Array): Tlv[] {
  const objects: Tlv[] = [];
  let at = 0;
  const need = (what: string): number => {
    const byte = bytes[at];
    if (byte === undefined) fail('CODEC_FIELD', 'terminal', `BER-TLV ends at offset ${at}: expected ${what}`);
    at++;
    return byte;
  };
  while (at < bytes.length) {
    if (bytes[at] === 0) {
      at++;
      continue;
    }
    const start = at;
    if ((need('a tag') & 0x1f) === 0x1f) {
      while (need('the rest of a tag') & 0x80) {
        if (at - start > 3)
          fail('CODEC_FIELD', 'terminal', `BER-TLV tag at offset ${start} is longer than four bytes`);
      }
    }
    const tag = toHex(bytes.subarray(start, at));
    let length = need(`the length of tag ${tag}`);
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count < 1 || count > 2)
        fail('CODEC_FIELD', 'terminal', `BER-TLV tag ${tag}: length form ${length} is not used`);
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + need(`the length of tag ${tag}`);
    }
    if (at + length > bytes.length) {
      fail(
        'CODEC_FIELD',
        'terminal',
        `BER-TLV tag ${tag} at offset ${start}: expected ${length} bytes, ${bytes.length - at} are left`,
      );
    }
    objects.push({ tag, value: toHex(bytes.subarray(at, at + length)), offset: at, length });
    at += length;
  }
  return objects;
}

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
