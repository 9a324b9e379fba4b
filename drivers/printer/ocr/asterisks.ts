import type { PaperBox } from '../../../rig/model/receipt.ts';
import { Bitmap } from '../../codec/escpos/render/bitmap.ts';
import { type Band, bandsOf } from './bands.ts';

/**
 * Runs of asterisks, as masked card numbers have them. Readers of text take them for anything; as dots they are certain:
 * the same small star at the same distance again and again, above the baseline of the digits beside it.
 */
export interface AsteriskRun extends PaperBox {
  readonly count: number;
}

/** Fewer stars may be anything. */
const COUNT_MIN = 3;
/** Two stars of one run differ by no more than this share of their box: fonts that are scaled vary by a dot. */
const DIFFERENCE_MAX = 0.2;
/** Higher bands are pictures. */
const BAND_HIGHEST = 120;

/** A glyph, or what touches: columns without a blank one between. Dots. */
interface Glyph extends PaperBox {}

/** The runs of asterisks in a 1-bit picture of text, from above. */
export function asterisksOf(picture: Bitmap): AsteriskRun[] {
  return bandsOf(picture)
    .filter(({ height }) => height <= BAND_HIGHEST)
    .flatMap((band) => runsIn(picture, band));
}

/** The picture without these places. */
export function without(picture: Bitmap, boxes: readonly PaperBox[]): Bitmap {
  if (boxes.length === 0) return picture;
  const rest = new Bitmap(picture.width, picture.height, picture.bits.slice());
  for (const { x, y, width, height } of boxes)
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++) rest.set(column, row, false);
  return rest;
}

function runsIn(picture: Bitmap, band: Band): AsteriskRun[] {
  const glyphs = glyphsIn(picture, band);
  const runs: AsteriskRun[] = [];
  for (let from = 0; from < glyphs.length; from++) {
    const [first, second] = [glyphs[from], glyphs[from + 1]];
    if (!first || !second || !isStar(picture, first)) continue;
    const pitch = second.x - first.x;
    let to = from + 1;
    while (follows(picture, first, glyphs[to - 1], glyphs[to], pitch)) to++;
    const count = to - from;
    const last = glyphs[to - 1] ?? first;
    const beside = [glyphs[from - 1], glyphs[to]].filter(
      (glyph) => glyph && glyph.x - last.x < 5 * pitch && first.x - glyph.x < 5 * pitch,
    );
    if (count >= COUNT_MIN && beside.some((glyph) => glyph && towersOver(glyph, first))) {
      const { x, y } = first;
      runs.push({ x, y, width: last.x + last.width - x, height: first.height + 1, count });
    }
    from = to - 1;
  }
  return runs;
}

/** A digit or letter beside stars is higher than they are and goes down further; a Chinese character does so to any digit. */
const towersOver = (glyph: Glyph, star: Glyph) =>
  glyph.width <= star.width * 2 &&
  star.height <= glyph.height * 0.75 &&
  glyph.y + glyph.height - star.y - star.height >= glyph.height * 0.12;

function glyphsIn(picture: Bitmap, { top, height, left, width }: Band): Glyph[] {
  const glyphs: Glyph[] = [];
  let start = -1;
  for (let x = left; x <= left + width; x++) {
    const ink = x < left + width && hasInk(picture, x, top, height);
    if (ink && start < 0) start = x;
    if (ink || start < 0) continue;
    glyphs.push(trimmed(picture, start, top, x - start, height));
    start = -1;
  }
  return glyphs;
}

function hasInk(picture: Bitmap, x: number, top: number, height: number): boolean {
  for (let y = top; y < top + height; y++) if (picture.at(x, y)) return true;
  return false;
}

/** The box without its blank rows. */
function trimmed(picture: Bitmap, x: number, y: number, width: number, height: number): Glyph {
  const blank = (row: number) => inkIn(picture, { x, y: row, width, height: 1 }) === 0;
  let [top, bottom] = [y, y + height];
  while (top < bottom && blank(top)) top++;
  while (bottom > top && blank(bottom - 1)) bottom--;
  return { x, y: top, width, height: bottom - top };
}

function inkIn(picture: Bitmap, { x, y, width, height }: PaperBox): number {
  let ink = 0;
  for (let row = y; row < y + height; row++)
    for (let column = x; column < x + width; column++) if (picture.at(column, row)) ink++;
  return ink;
}

/** Black in the middle and in many directions from there, with little on its sides: no 0, no + and no -. */
function isStar(picture: Bitmap, { x, y, width, height }: Glyph): boolean {
  if (width < 5 || height < 5 || height < width * 0.4 || height > width * 3.4) return false;
  const sides = [x, x + width - 1].map((left) => inkIn(picture, { x: left, y, width: 1, height }));
  if (sides.some((ink) => ink > height * 0.6)) return false;
  const third = { width: Math.max(1, Math.floor(width / 3)), height: Math.max(1, Math.floor(height / 3)) };
  const cell = (column: 0 | 1 | 2, row: 0 | 1 | 2) =>
    inkIn(picture, {
      x: x + Math.round(((width - third.width) * column) / 2),
      y: y + Math.round(((height - third.height) * row) / 2),
      ...third,
    });
  const around = OUTER.filter(([column, row]) => cell(column, row) > 0).length;
  return around >= 5 && cell(1, 1) * 3 > third.width * third.height;
}

/** The cells around the middle one of nine: a + has ink in four, stars of five and more points in more. */
const OUTER: readonly (readonly [column: 0 | 1 | 2, row: 0 | 1 | 2])[] = [
  [0, 0],
  [1, 0],
  [2, 0],
  [0, 1],
  [2, 1],
  [0, 2],
  [1, 2],
  [2, 2],
];

function follows(
  picture: Bitmap,
  first: Glyph,
  last: Glyph | undefined,
  next: Glyph | undefined,
  pitch: number,
): boolean {
  if (!last || !next) return false;
  const alike =
    Math.abs(next.width - first.width) <= 1 &&
    Math.abs(next.height - first.height) <= 1 &&
    Math.abs(next.y - first.y) <= 1 &&
    Math.abs(next.x - last.x - pitch) <= 1 &&
    pitch < first.width * 2.5;
  return alike && differenceOf(picture, first, next) <= DIFFERENCE_MAX;
}

/** Share of the box in which two glyphs differ. */
function differenceOf(picture: Bitmap, a: Glyph, b: Glyph): number {
  const [width, height] = [Math.max(a.width, b.width), Math.max(a.height, b.height)];
  let different = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (picture.at(a.x + x, a.y + y) !== picture.at(b.x + x, b.y + y)) different++;
  return different / (width * height);
}
