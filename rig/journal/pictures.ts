/**
 * Pictures hold more than dots: PNG text chunks, EXIF, comments, thumbnails, whatever stands behind their end. A driver
 * draws from masked data, and a camera knows no card numbers, but a tool in between may have written anything there. Only
 * what is needed to show the dots is kept.
 */

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Chunks that say how the dots look (PNG, third edition, clause 11). */
const PNG_KEPT = new Set([
  'IHDR',
  'PLTE',
  'IDAT',
  'IEND',
  'tRNS',
  'gAMA',
  'cHRM',
  'sRGB',
  'sBIT',
  'bKGD',
  'pHYs',
]);

/** The picture without anything but its dots; undefined when it is not one of these formats, or is damaged. */
export function dotsOnly(content: Uint8Array): Uint8Array | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (bytes.subarray(0, 8).equals(PNG_SIGNATURE)) return png(bytes);
  return bytes[0] === 0xff && bytes[1] === 0xd8 ? jpeg(bytes) : undefined;
}

function png(bytes: Buffer): Buffer | undefined {
  const kept: Buffer[] = [PNG_SIGNATURE];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + bytes.readUInt32BE(at);
    if (end > bytes.length) return undefined;
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (PNG_KEPT.has(type)) kept.push(bytes.subarray(at, end));
    if (type === 'IEND') return Buffer.concat(kept);
    at = end;
  }
  return undefined;
}

/** JFIF and the colour transform of Adobe are needed; other application data and comments are not (ISO/IEC 10918-1, B.2). */
const isWanted = (marker: number): boolean =>
  marker === 0xe0 || marker === 0xee || !((marker >= 0xe0 && marker <= 0xef) || marker === 0xfe);

function jpeg(bytes: Buffer): Buffer | undefined {
  const kept: Buffer[] = [bytes.subarray(0, 2)];
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1] ?? 0;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    if (bytes[at] !== 0xff || marker < 0xc0 || end > bytes.length) return undefined;
    if (marker === 0xda) {
      // What is compressed runs to the end mark; there may be several scans.
      const last = bytes.lastIndexOf(Buffer.from([0xff, 0xd9]));
      return last < end ? undefined : Buffer.concat([...kept, bytes.subarray(at, last + 2)]);
    }
    if (isWanted(marker)) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return undefined;
}
