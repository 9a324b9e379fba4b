import type { Receipt } from '../../../../rig/model/receipt.ts';
import { Bitmap } from './bitmap.ts';
import { drawRun } from './draw-run.ts';
import { drawSymbol } from './draw-symbol.ts';
import { drawNote } from './note.ts';
import { type Ink, pngOfLayers } from './png.ts';

/** A place on the paper, in dots of the receipt. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface RenderOptions {
  /** Places to mark: a red frame around each, just outside of what stands there. */
  readonly highlight?: readonly Area[];
  /** Only this part of the paper, with the margin around it; what of it lies off the paper is left out. */
  readonly crop?: Area;
  /** Blank paper around the printable area, dots. Default 16. */
  readonly margin?: number;
  /** Whole times that every dot is drawn wide and high, 1 to 8. Default 1: one pixel a dot (203 dpi). */
  readonly zoom?: number;
}

/** Longest paper drawn, dots (about 3.7 m); of a longer one only the beginning is shown. */
export const LENGTH_MAX = 30_000;
/** Symbols that are drawn on one receipt; of any more only a frame, so that hostile input cannot cost hours. */
const SYMBOLS_MAX = 64;

/**
 * The printable area of a receipt, dot by dot, as the print head burns it: real glyphs in their cells, symbols that can
 * be scanned, pictures. The same receipt has the same dots on every machine.
 */
export function drawReceipt(receipt: Receipt): Bitmap {
  const paper = new Bitmap(receipt.width, Math.min(Math.max(1, receipt.height), LENGTH_MAX));
  for (const image of receipt.images) {
    if (image.y >= paper.height) continue;
    paper.print(new Bitmap(image.width, image.height, image.bits).turned(image.turn), image.x, image.y);
  }
  for (const [i, code] of receipt.barcodes.entries()) {
    // What was drawn by the sender stands there as a picture.
    if (!code.pictured && code.y < paper.height)
      paper.print(drawSymbol(code, i < SYMBOLS_MAX), code.x, code.y);
  }
  for (const { x, y, name } of receipt.stored ?? []) {
    if (y < paper.height) paper.print(drawNote(name, 96, 48), x, y);
  }
  for (const run of receipt.runs) {
    // What was read from a picture stands there as a picture.
    if (run.confidence === undefined && run.y < paper.height) paper.print(drawRun(run), run.x, run.y);
  }
  return paper;
}

/** Paper, black ink, and the red of marks. */
const INKS: readonly Ink[] = [
  [0xff, 0xff, 0xff],
  [0, 0, 0],
  [0xd0, 0x10, 0x10],
];
const FRAME = 3;

/**
 * A receipt, or a part of it, as a PNG at 203 dpi that looks like the paper. Without marks it is a picture of two
 * colours.
 */
export function renderReceipt(receipt: Receipt, options: RenderOptions = {}): Buffer {
  const margin = Math.max(0, Math.floor(options.margin ?? 16));
  const zoom = Math.min(8, Math.max(1, Math.floor(options.zoom ?? 1)));
  const paper = drawReceipt(receipt);
  const part = partOf(paper, options.crop);
  const [width, height] = [part.width + 2 * margin, part.height + 2 * margin];
  const ink = new Bitmap(width * zoom, height * zoom);
  const shown = options.crop ? paper.cut(part.x, part.y, part.width, part.height) : paper;
  ink.print(shown, margin * zoom, margin * zoom, zoom, zoom);
  const layers = [ink];
  if (options.highlight && options.highlight.length > 0) {
    const marks = new Bitmap(ink.width, ink.height);
    for (const area of options.highlight) {
      frame(marks, {
        x: (area.x - part.x + margin) * zoom,
        y: (area.y - part.y + margin) * zoom,
        width: area.width * zoom,
        height: area.height * zoom,
      });
    }
    layers.push(marks);
  }
  return pngOfLayers(layers, INKS, dotsPerMetre(receipt.dpi * zoom));
}

const dotsPerMetre = (dpi: number) => Math.round(dpi / 0.0254);

/** Whole dots within the paper; at least one. */
function partOf(paper: Bitmap, crop: Area | undefined): Area {
  if (!crop) return { x: 0, y: 0, width: paper.width, height: paper.height };
  const clamp = (value: number, max: number) => Math.min(Math.max(0, value), max);
  const x = clamp(Math.floor(crop.x), paper.width - 1);
  const y = clamp(Math.floor(crop.y), paper.height - 1);
  const right = clamp(Math.ceil(crop.x + crop.width), paper.width);
  const bottom = clamp(Math.ceil(crop.y + crop.height), paper.height);
  return { x, y, width: Math.max(1, right - x), height: Math.max(1, bottom - y) };
}

/** Kept on the picture, also around what reaches its edge. */
function frame(marks: Bitmap, { x, y, width, height }: Area): void {
  const left = Math.max(0, Math.floor(x) - FRAME - 1);
  const top = Math.max(0, Math.floor(y) - FRAME - 1);
  const right = Math.min(marks.width, Math.ceil(x + width) + FRAME + 1);
  const bottom = Math.min(marks.height, Math.ceil(y + height) + FRAME + 1);
  marks.fill(left, top, right - left, FRAME);
  marks.fill(left, bottom - FRAME, right - left, FRAME);
  marks.fill(left, top, FRAME, bottom - top);
  marks.fill(right - FRAME, top, FRAME, bottom - top);
}

/** Several receipts below each other as they left the printer, as one PNG; a dashed line where one ends. */
export function renderReceipts(receipts: readonly Receipt[], margin = 16): Buffer {
  const papers = receipts.map(drawReceipt);
  const width = Math.max(1, ...papers.map((paper) => paper.width)) + 2 * margin;
  const height = papers.reduce((sum, paper) => sum + paper.height + 2 * margin + 1, 0);
  const all = new Bitmap(width, Math.min(Math.max(1, height), LENGTH_MAX));
  let y = 0;
  for (const [i, paper] of papers.entries()) {
    all.print(paper, margin, y + margin);
    y += paper.height + 2 * margin + 1;
    if (i < papers.length - 1) for (let x = 0; x < width; x += 12) all.fill(x, y - 1, 6, 1);
  }
  return pngOfLayers([all], INKS, dotsPerMetre(receipts[0]?.dpi ?? 203));
}
