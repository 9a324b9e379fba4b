import type { ReceiptRun } from '../../../../rig/model/receipt.ts';
import { columnsOf, columnsOfText } from '../columns.ts';
import { type Font, fonts } from '../fonts/fonts.ts';
import { Bitmap } from './bitmap.ts';

/** The dots of a run, turned as it stands on the paper: as wide and high as its box. */
export function drawRun(run: ReceiptRun): Bitmap {
  const across = run.turn === 90 || run.turn === 270;
  const [width, height] = across ? [run.height, run.width] : [run.width, run.height];
  const dots = new Bitmap(width, height);
  const chars = [...run.text];
  const natural = columnsOfText(run.text);
  const cells = Math.max(1, run.cells ?? natural);
  const cellsOf = natural === cells ? columnsOf : () => cells / Math.max(1, chars.length);
  const advance = width / cells;
  let column = 0;
  for (const char of chars) {
    const own = cellsOf(char);
    const cell = cellOf(char, faceOf(run, own, advance, height), run.bold);
    dots.print(
      run.sideways ? cell.turned(90) : cell,
      Math.round(column * advance),
      0,
      run.scaleX,
      run.scaleY,
    );
    column += own;
  }
  if (run.underline) dots.fill(0, dots.height - 2, dots.width, 2);
  if (run.inverse) dots.invert();
  return dots.turned(run.turn);
}

interface Face {
  readonly font: Font;
  /** The cell that a glyph is squeezed into: fonts C, D and E have no glyphs of their own. */
  readonly width: number;
  readonly height: number;
}

/** Which font a character of a run was set in, told by the height of its line and the cells that it takes. */
function faceOf(run: ReceiptRun, own: number, advance: number, lineHeight: number): Face {
  const { A, B, kanji } = fonts();
  const whole = (font: Font): Face => ({ font, width: font.width, height: font.height });
  const height = lineHeight / run.scaleY;
  // Turned by itself, a character is as high as its cell was wide.
  if (run.sideways) return whole(height >= 24 ? kanji : height >= 12 ? A : B);
  if (own >= 2) return whole(kanji);
  const room = Math.max(1, Math.floor(advance / run.scaleX));
  if (height >= 24) return { font: A, width: Math.min(A.width, room), height: A.height };
  return {
    font: B,
    width: Math.min(height >= B.height ? B.width : 8, room),
    height: Math.min(B.height, height),
  };
}

/** Cells by everything that makes them: receipts repeat few characters often. */
const drawn = new Map<string, Bitmap>();
const DRAWN_MAX = 4000;

function cellOf(char: string, { font, width, height }: Face, bold: boolean): Bitmap {
  const key = `${char} ${font.width} ${width} ${height} ${bold}`;
  const known = drawn.get(key);
  if (known) return known;
  let cell = font.cell(char) ?? fromOther(char, font) ?? absent(char, font);
  if (width < cell.width || height < cell.height) cell = squeezed(cell, width, height);
  if (bold) {
    const struck = new Bitmap(cell.width, cell.height);
    struck.print(cell, 0, 0);
    struck.print(cell, 1, 0);
    cell = struck;
  }
  if (drawn.size >= DRAWN_MAX) drawn.clear();
  drawn.set(key, cell);
  return cell;
}

/** A character that only the font of the other width has: in the middle of the wide cell, or squeezed into the narrow. */
function fromOther(char: string, font: Font): Bitmap | undefined {
  const { A, kanji } = fonts();
  const other = (font === kanji ? A : kanji).cell(char);
  if (!other) return undefined;
  if (font !== kanji) return squeezed(other, font.width, font.height);
  const cell = new Bitmap(font.width, font.height);
  cell.print(other, (font.width - other.width) / 2, 0);
  return cell;
}

/** What no font has is an empty frame, so that it is seen; blanks are blank. */
function absent(char: string, { width, height }: Font): Bitmap {
  const cell = new Bitmap(width, height);
  if (/^[\p{Z}\p{Cc}\p{Cf}\p{M}]$/u.test(char)) return cell;
  const [left, top, right, bottom] = [1, 3, width - 2, height - 5];
  cell.fill(left, top, right - left + 1, 1);
  cell.fill(left, bottom, right - left + 1, 1);
  cell.fill(left, top, 1, bottom - top + 1);
  cell.fill(right, top, 1, bottom - top + 1);
  return cell;
}

/** Fewer dots for the same picture: a dot is black if one that it stands for was. */
function squeezed(cell: Bitmap, width: number, height: number): Bitmap {
  const out = new Bitmap(Math.min(width, cell.width), Math.min(height, cell.height));
  for (let y = 0; y < cell.height; y++) {
    for (let x = 0; x < cell.width; x++) {
      if (!cell.at(x, y)) continue;
      out.blacken(Math.floor((x * out.width) / cell.width), Math.floor((y * out.height) / cell.height));
    }
  }
  return out;
}
