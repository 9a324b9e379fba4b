import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { packaged } from '../../../../rig/model/package-root.ts';
import { Bitmap } from '../render/bitmap.ts';
import { bytesOfCell, decodeFonts, type FontTable } from './format.ts';

/** A: 12 × 24 dots, B: 9 × 17, kanji: 24 × 24. */
export type FontName = 'A' | 'B' | 'kanji';

/** Offers the cells of a font. */
export interface Font {
  readonly width: number;
  readonly height: number;
  /** The cell of a character, or undefined if the font has none. */
  cell(char: string): Bitmap | undefined;
}

let loaded: Readonly<Record<FontName, Font>> | undefined;

/** The printer's fonts; read from the package when first asked for (about 3 MB in memory). */
export function fonts(): Readonly<Record<FontName, Font>> {
  if (loaded) return loaded;
  const file = readFileSync(packaged('drivers/codec/escpos/fonts/glyphs.bin'));
  const [a, b, kanji] = decodeFonts(brotliDecompressSync(file)).map(fontOf);
  if (!a || !b || !kanji) throw new RangeError('glyphs.bin does not hold three fonts');
  loaded = { A: a, B: b, kanji };
  return loaded;
}

function fontOf(table: FontTable): Font {
  const { width, height, points, bits } = table;
  const size = bytesOfCell(table);
  const known = new Map<string, Bitmap | undefined>();
  const find = (char: string) => {
    const at = indexOf(points, char.codePointAt(0) ?? 0);
    return at < 0 ? undefined : new Bitmap(width, height, bits.subarray(at * size, (at + 1) * size));
  };
  return {
    width,
    height,
    cell(char) {
      if (!known.has(char)) known.set(char, find(char));
      return known.get(char);
    },
  };
}

/** Binary search in ascending numbers; -1: not there. */
function indexOf(points: Uint32Array, wanted: number): number {
  let low = 0;
  let high = points.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const point = points[middle] ?? 0;
    if (point === wanted) return middle;
    if (point < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
