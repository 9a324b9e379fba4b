import { crc32, deflateSync } from 'node:zlib';
import type { Bitmap } from './bitmap.ts';

/** Red, green, blue. */
export type Ink = readonly [r: number, g: number, b: number];

/** A chunk of a PNG file (ISO/IEC 15948, clause 5): length, type, data, CRC. */
function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

interface Extras {
  /** Opacity of the palette's colours, 0 to 255. */
  readonly alpha?: readonly number[];
  readonly dotsPerMetre?: number;
}

/** Pictures with a palette: a dot takes one or two bits, so a long receipt stays small (pngjs writes no such files). */
function png(
  { width, height }: { readonly width: number; readonly height: number },
  depth: 1 | 2,
  rows: Uint8Array,
  palette: readonly Ink[],
  { alpha, dotsPerMetre }: Extras,
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, 3], 8);
  const chunks = [Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', header)];
  if (dotsPerMetre !== undefined) {
    const size = Buffer.alloc(9, 1); // the last byte says: per metre
    size.writeUInt32BE(dotsPerMetre, 0);
    size.writeUInt32BE(dotsPerMetre, 4);
    chunks.push(chunk('pHYs', size));
  }
  chunks.push(chunk('PLTE', Uint8Array.from(palette.flat())));
  if (alpha) chunks.push(chunk('tRNS', Uint8Array.from(alpha)));
  chunks.push(chunk('IDAT', deflateSync(rows)), chunk('IEND', new Uint8Array()));
  return Buffer.concat(chunks);
}

/**
 * A 1-bit picture as PNG: set bits in ink, the others transparent, so that it can lie on paper.
 * @param bits rows of ceil(width / 8) bytes, most significant bit left
 */
export function pngOfBits(width: number, height: number, bits: Uint8Array, ink: Ink = [0, 0, 0]): Buffer {
  const rows = filtered(Math.ceil(width / 8), height, bits);
  return png({ width, height }, 1, rows, [[255, 255, 255], ink], { alpha: [0, 255] });
}

/** Each row begins with its filter: none. */
function filtered(stride: number, height: number, bits: Uint8Array): Buffer {
  const rows = Buffer.alloc((stride + 1) * height);
  for (let y = 0; y < height; y++)
    rows.set(bits.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  return rows;
}

/** Each bit of a byte as the lower of a pair of bits. */
const SPREAD = Uint16Array.from({ length: 256 }, (_, byte) => {
  let wide = 0;
  for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) wide |= 1 << (2 * bit);
  return wide;
});

/**
 * Opaque PNG of one to three equally large layers: `inks[0]` is the paper, `inks[n]` the ink of layer n, a later layer
 * over an earlier one.
 * @param dotsPerMetre recorded in the file, so that it prints in its own size
 */
export function pngOfLayers(layers: readonly Bitmap[], inks: readonly Ink[], dotsPerMetre: number): Buffer {
  const [first] = layers;
  if (!first) throw new RangeError('a picture needs a layer');
  const palette = inks.slice(0, layers.length + 1);
  if (layers.length === 1)
    return png(first, 1, filtered(first.stride, first.height, first.bits), palette, { dotsPerMetre });
  const { height } = first;
  const stride = Math.ceil(first.width / 4);
  const pairs = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    for (let b = 0; b < first.stride; b++) {
      // Eight dots become sixteen bits; colour n is the last layer that is black there.
      let [low, high, above] = [0, 0, 0];
      for (let n = layers.length; n >= 1; n--) {
        const own = (layers[n - 1]?.bits[y * first.stride + b] ?? 0) & ~above;
        above |= own;
        if (n & 1) low |= own;
        if (n & 2) high |= own;
      }
      if (above === 0) continue;
      const both = (SPREAD[low] ?? 0) | ((SPREAD[high] ?? 0) << 1);
      const at = y * stride + b * 2;
      pairs[at] = both >> 8;
      if (b * 2 + 1 < stride) pairs[at + 1] = both & 0xff;
    }
  }
  return png(first, 2, filtered(stride, height, pairs), palette, { dotsPerMetre });
}
