import iconv from 'iconv-lite';
import { concat, fromHex } from './bytes.ts';
import { fail } from './fail.ts';
import { decodeTlv, encodeTlv, type Tlv } from './tlv.ts';

/**
 * Field 62 of the UnionPay downloads. A terminal asks for a list (0820, 60.3 = 372 CA keys, 382 AIDs), page by page; then
 * for each item (0800, 370 or 380); then it says that it is done (0800, 371 or 381). First byte of a reply, ASCII:
 * `0` there is nothing · `1` this is all of it · `2` more follows, ask again · `3` this is the last part of it. BER-TLV
 * stands behind it: in a list 9F06 (RID) 9F22 (index) DF05 (expiry) for each CA key and 9F06 for each AID; in an item all
 * that the terminal is to store (CA key: 9F06 9F22 DF05 DF06 DF07 DF02 DF04 DF03).
 */
export type DownloadFlag = '0' | '1' | '2' | '3';

export interface DownloadPage {
  readonly flag: DownloadFlag;
  /** In the order of the wire; a list repeats its tags for each entry. */
  readonly objects: readonly Tlv[];
  /** True when the terminal has to ask again. */
  readonly more: boolean;
}

/** F62 of a request for a list: `1` and the number of entries that the terminal has already, two digits. 0 to 99. */
export function packListRequest(have: number): Uint8Array {
  if (!(have >= 0 && have <= 99)) fail('CODEC_FIELD', 'rig', 'F62 list request: expected 0 to 99 entries');
  return Buffer.from(`1${String(have).padStart(2, '0')}`, 'latin1');
}

/** How many entries the asking terminal has; 0 when F62 (hex) is absent or does not say. */
export function unpackListRequest(field62: string | undefined): number {
  const text = Buffer.from(field62 ?? '', 'hex').toString('latin1');
  return /^1\d\d$/.test(text) ? Number(text.slice(1)) : 0;
}

/** F62 of a reply: flag and data objects (values as hex or bytes). */
export const packDownload = (
  flag: DownloadFlag,
  objects: readonly (readonly [tag: string, value: string | Uint8Array])[],
): Uint8Array => concat([Buffer.from(flag, 'latin1'), encodeTlv(objects)]);

/** Reads F62 (hex) of a reply to a list or item request. Throws CODEC_FIELD. */
export function unpackDownload(field62: string): DownloadPage {
  const bytes = fromHex(field62);
  const flag = String.fromCharCode(bytes?.[0] ?? 0);
  if (!bytes || !isFlag(flag)) fail('CODEC_FIELD', 'acquirer', 'F62 download: expected a flag of 0 to 3');
  return { flag, objects: decodeTlv(bytes.subarray(1)), more: flag === '2' };
}

const isFlag = (text: string): text is DownloadFlag => /^[0-3]$/.test(text);

/**
 * F62 of a reply to a parameter request (0800, 360): for each parameter its tag (two digits), the length of its value in
 * bytes (two digits) and the value, GB18030. Which tags there are differs from acquirer to acquirer.
 */
export function packParameters(parameters: Readonly<Record<string, string>>): Uint8Array {
  return concat(
    Object.entries(parameters).flatMap(([tag, value]) => {
      const bytes = iconv.encode(value, 'gb18030');
      if (!/^\d\d$/.test(tag) || bytes.length > 99) {
        fail('CODEC_FIELD', 'rig', `F62 parameter ${tag}: expected a tag of two digits and at most 99 bytes`);
      }
      return [Buffer.from(`${tag}${String(bytes.length).padStart(2, '0')}`, 'latin1'), bytes];
    }),
  );
}

/** Parameters of F62 (hex) by tag. Throws CODEC_FIELD. */
export function unpackParameters(field62: string): Readonly<Record<string, string>> {
  const text = Buffer.from(field62, 'hex').toString('latin1');
  const parameters: Record<string, string> = {};
  for (let at = 0; at < text.length; ) {
    const [, tag = '', digits = ''] = /^(\d\d)(\d\d)/.exec(text.slice(at, at + 4)) ?? [];
    const end = at + 4 + Number(digits);
    if (tag === '' || end > text.length) {
      fail('CODEC_FIELD', 'acquirer', `F62 parameters: expected tag, length and value at offset ${at}`);
    }
    parameters[tag] = iconv.decode(Buffer.from(text.slice(at + 4, end), 'latin1'), 'gb18030');
    at = end;
  }
  return parameters;
}
