import type { Bitmap } from '../../codec/escpos/render/bitmap.ts';

/** Rows of a picture that belong together: one line of text, or a picture. Dots. */
export interface Band {
  readonly top: number;
  readonly height: number;
  readonly left: number;
  readonly width: number;
}

/** Blank rows within a character (二, i, =) are fewer than those between lines. */
const GAP = 3;
/** Lower bands are rules and specks, no text. */
const LOWEST = 8;

/**
 * The lines of text of a 1-bit picture, by its blank rows.
 * @param lowest lower bands are left out, dots
 */
export function bandsOf(picture: Bitmap, lowest = LOWEST): Band[] {
  const bands: Band[] = [];
  let top = -1;
  let last = -1;
  const end = () => {
    const height = last - top + 1;
    if (top >= 0 && height >= lowest) bands.push({ top, height, ...inked(picture, top, height) });
    top = -1;
  };
  for (let y = 0; y < picture.height; y++) {
    const from = y * picture.stride;
    const black = picture.bits.subarray(from, from + picture.stride).some((byte) => byte !== 0);
    if (!black) continue;
    if (top >= 0 && y - last > GAP) end();
    if (top < 0) top = y;
    last = y;
  }
  end();
  return bands;
}

/** From the first to the last column with ink. */
function inked(picture: Bitmap, top: number, height: number): Pick<Band, 'left' | 'width'> {
  const columns = new Uint8Array(picture.stride);
  for (let y = top; y < top + height; y++)
    for (let b = 0; b < picture.stride; b++)
      columns[b] = (columns[b] ?? 0) | (picture.bits[y * picture.stride + b] ?? 0);
  const first = columns.findIndex((byte) => byte !== 0);
  const last = columns.findLastIndex((byte) => byte !== 0);
  const left = first * 8 + Math.clz32(columns[first] ?? 0) - 24;
  const byte = columns[last] ?? 0;
  const right = last * 8 + 8 - (31 - Math.clz32(byte & -byte));
  return { left, width: Math.max(1, right - left) };
}
