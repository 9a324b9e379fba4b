import { columnsOf } from '../columns.ts';
import { fonts } from '../fonts/fonts.ts';
import { Bitmap } from './bitmap.ts';

/** A dashed box that says what stands there, for what cannot be drawn; text that does not fit is cut off. */
export function drawNote(text: string, width: number, height: number): Bitmap {
  const dots = new Bitmap(Math.max(8, width), Math.max(8, height));
  const { width: w, height: h } = dots;
  for (let x = 0; x < w; x += 8) {
    dots.fill(x, 0, 4, 1);
    dots.fill(x, h - 1, 4, 1);
  }
  for (let y = 0; y < h; y += 8) {
    dots.fill(0, y, 1, 4);
    dots.fill(w - 1, y, 1, 4);
  }
  const { B, kanji } = fonts();
  const lines = Math.max(1, Math.floor((h - 6) / 18));
  const room = Math.max(1, Math.floor((w - 10) / 9));
  let [line, column] = [0, 0];
  for (const char of text.slice(0, lines * room)) {
    const own = columnsOf(char);
    if (column + own > room) {
      column = 0;
      line++;
    }
    if (line >= lines) break;
    const glyph = own === 2 ? kanji.cell(char) : B.cell(char);
    if (glyph) dots.print(glyph, 5 + column * 9, 4 + line * 18);
    column += own;
  }
  return dots;
}
