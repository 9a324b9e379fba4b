import { decodeEscPos } from '../../codec/escpos/decoder.ts';
import type { Bitmap } from '../../codec/escpos/render/bitmap.ts';
import { drawReceipt } from '../../codec/escpos/render/render.ts';

/** Printable dots of 58 mm paper. */
const WIDTH = 384;
/** Rows of one raster command; firmware prints while it draws. */
const STRIP = 48;

/**
 * A slip as terminals without fonts in their printer send it: drawn by the firmware and printed as raster pictures
 * (GS v 0), blank rows as feed (ESC J). The cut at the end stays.
 */
export function asRaster(slip: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x1b, 0x40)];
  for (const { dots } of papersOf(slip)) parts.push(dots, Uint8Array.of(0x1d, 0x56, 0x42, 0));
  return Buffer.concat(parts);
}

/** A few lines of printer text as the pictures that a firmware would draw of them, without a cut. */
export const drawn = (text: Uint8Array): Uint8Array => Buffer.concat(papersOf(text).map(({ dots }) => dots));

function papersOf(text: Uint8Array): { readonly dots: Uint8Array }[] {
  return decodeEscPos(text, { charset: 'gb18030', width: WIDTH }).receipts.map((receipt) => {
    const paper = drawReceipt(receipt);
    const parts: Uint8Array[] = [];
    for (let y = 0; y < paper.height; ) {
      const blank = runOf(paper, y, false, 255);
      if (blank > 0) parts.push(Uint8Array.of(0x1b, 0x4a, blank));
      const inked = runOf(paper, y + blank, true, STRIP);
      if (inked > 0) parts.push(strip(paper, y + blank, inked));
      y += blank + inked;
    }
    return { dots: Buffer.concat(parts) };
  });
}

/** Rows from `y` on that have ink, or have none, up to `most`. */
function runOf(paper: Bitmap, y: number, ink: boolean, most: number): number {
  let count = 0;
  while (count < most && y + count < paper.height) {
    const from = (y + count) * paper.stride;
    if (paper.bits.subarray(from, from + paper.stride).some((byte) => byte !== 0) !== ink) break;
    count++;
  }
  return count;
}

/** GS v 0: only as many bytes a row as have ink. */
function strip(paper: Bitmap, y: number, rows: number): Uint8Array {
  let width = 1;
  for (let row = y; row < y + rows; row++) {
    const line = paper.bits.subarray(row * paper.stride, (row + 1) * paper.stride);
    width = Math.max(width, line.findLastIndex((byte) => byte !== 0) + 1);
  }
  const lines = Array.from({ length: rows }, (_, row) =>
    paper.bits.subarray((y + row) * paper.stride, (y + row) * paper.stride + width),
  );
  return Buffer.concat([
    Uint8Array.of(0x1d, 0x76, 0x30, 0, width & 0xff, width >> 8, rows & 0xff, rows >> 8),
    ...lines,
  ]);
}
