import { scannedPayload } from '../../../../rig/model/barcode.ts';
import type { ReceiptBarcode } from '../../../../rig/model/receipt.ts';
import { fonts } from '../fonts/fonts.ts';
import { CAPTION, wideBar } from '../symbology/bar-widths.ts';
import { type Figure, figuresOf } from '../symbology/figure.ts';
import { hexagons } from '../symbology/maxicode.ts';
import { Bitmap } from './bitmap.ts';
import { drawNote } from './note.ts';

/**
 * The dots of a symbol, turned as it stands on the paper. What cannot be drawn (data that the symbology does not hold,
 * masked digits) is a frame with the payload.
 * @param drawn false: only the frame
 */
export function drawSymbol(code: ReceiptBarcode, drawn: boolean): Bitmap {
  const across = code.turn === 90 || code.turn === 270;
  const [width, height] = across ? [code.height, code.width] : [code.width, code.height];
  const figure = drawn ? likeliest(figuresOf(code), code, width) : undefined;
  const box = figure ? inBox(figure, code, width, height) : undefined;
  return (box ?? drawNote(`${code.symbology} ${code.payload}`, width, height)).turned(code.turn);
}

/** Bars and spaces as dots; the gap behind the last character of some symbologies is not part of the symbol. */
function barDots(widths: readonly number[], { symbology, module = 3 }: ReceiptBarcode): number[] {
  const twoWidths = ['code39', 'itf', 'codabar'].includes(symbology);
  const bars = widths.length % 2 === 0 ? widths.slice(0, -1) : widths;
  return bars.map((width) => (twoWidths ? (width > 1 ? wideBar(module) : module) : width * module));
}
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** The figure that is as wide as the symbol was on paper, or the first. */
function likeliest(figures: readonly Figure[], code: ReceiptBarcode, width: number): Figure | undefined {
  return (
    figures.find((figure) => figure.kind === 'bars' && sum(barDots(figure.widths, code)) === width) ??
    figures[0]
  );
}

function inBox(figure: Figure, code: ReceiptBarcode, width: number, height: number): Bitmap | undefined {
  if (figure.kind === 'hexagons') return hexagons(figure.cells);
  if (figure.kind === 'bars') return bars(figure.widths, code, width, height);
  const { modules } = figure;
  const sx = Math.floor(width / modules.width);
  const sy = Math.floor(height / modules.height);
  if (sx < 1 || sy < 1) return undefined;
  const square = code.symbology !== 'pdf417' && !code.symbology.startsWith('gs1-');
  const [mx, my] = square ? [Math.min(sx, sy), Math.min(sx, sy)] : [sx, sy];
  const dots = new Bitmap(width, height);
  const left = Math.floor((width - modules.width * mx) / 2);
  dots.print(modules, left, Math.floor((height - modules.height * my) / 2), mx, my);
  return dots;
}

function bars(
  widths: readonly number[],
  code: ReceiptBarcode,
  width: number,
  height: number,
): Bitmap | undefined {
  let dots = barDots(widths, code);
  // Not as printed (masked, or sets that differ): as wide as fits.
  if (sum(dots) > width) dots = widths.map((units) => units * Math.floor(width / sum(widths)));
  if (sum(dots) === 0) return undefined;
  const out = new Bitmap(width, height);
  const above = code.caption === 'above' || code.caption === 'both' ? CAPTION : 0;
  const below = code.caption === 'below' || code.caption === 'both' ? CAPTION : 0;
  let x = Math.floor((width - sum(dots)) / 2);
  dots.forEach((bar, i) => {
    if (i % 2 === 0) out.fill(x, above, bar, height - above - below);
    x += bar;
  });
  const text = scannedPayload(code);
  if (above > 0) caption(out, text, 0);
  if (below > 0) caption(out, text, height - CAPTION + 2);
  return out;
}

function caption(out: Bitmap, text: string, top: number): void {
  const chars = [...text].map((char) => (/[\p{Cc}]/u.test(char) ? ' ' : char));
  const font = chars.length * 12 <= out.width ? fonts().A : fonts().B;
  let x = Math.max(0, Math.floor((out.width - chars.length * font.width) / 2));
  for (const char of chars) {
    const cell = font.cell(char);
    if (cell) out.print(cell, x, top);
    x += font.width;
  }
}
