import { readFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { PNG } from 'pngjs';
import { readJournal } from '../../rig/journal/read.ts';
import type { ArtefactRef, EventOf } from '../../rig/model/event.ts';
import { Bitmap } from '../codec/escpos/render/bitmap.ts';
import { type Ink, pngOfLayers } from '../codec/escpos/render/png.ts';
import { drawReceipt } from '../codec/escpos/render/render.ts';

/** A slip of a run, as the journal has it. */
export interface RunSlip {
  readonly scenario: string;
  readonly step: number;
  readonly slip: EventOf<'receipt'>['slip'];
  readonly forbidden: readonly string[];
  /** Its picture, 1 pixel a dot; absent when the run kept none. */
  readonly picture?: ArtefactRef;
}

/** The slips of a run in the order in which they came out. Errors as of `readJournal`. */
export async function slipsOfRun(folder: string): Promise<readonly RunSlip[]> {
  const artefacts = new Map<string, ArtefactRef>();
  const found: { readonly event: EventOf<'receipt'>; readonly scenario: string; readonly step: number }[] =
    [];
  let step = 0;
  for await (const event of readJournal(folder)) {
    if (event.type === 'scenario.start') step = 0;
    else if (event.type === 'step.start') step = event.step;
    else if (event.type === 'artefact') artefacts.set(event.artefact.id, event.artefact);
    else if (event.type === 'receipt') found.push({ event, scenario: event.scenario ?? '', step });
  }
  return found.map(({ event: { slip, forbidden }, scenario, step: at }) => {
    const refs = slip.artefacts.flatMap((id) => artefacts.get(id) ?? []);
    const picture = refs.find(({ mime }) => mime === 'image/png');
    return { scenario, step: at, slip, forbidden, ...(picture ? { picture } : {}) };
  });
}

/** Pictures beyond this are not read: nobody prints such a slip, and a run's folder may come from anywhere. */
const LARGEST_FILE = 4 << 20;
const LARGEST_DOTS = 20_000_000;
/** Paper, the desk that it lies on, and ink over both: captions stand on the desk. */
const COLOURS: readonly Ink[] = [
  [0xff, 0xff, 0xff],
  [0xd8, 0xd8, 0xd4],
  [0, 0, 0],
];
const GAP = 24;
const CAPTION = 34;
/** 203 dpi. */
const DOTS_PER_METRE = 7992;

/** The picture of a slip as dots; undefined when it is missing, too large or damaged. */
export async function dotsOf(folder: string, ref: ArtefactRef | undefined): Promise<Bitmap | undefined> {
  const root = resolve(folder);
  const path = ref && resolve(join(root, ref.path));
  if (!ref || !path?.startsWith(`${root}${sep}`) || ref.bytes > LARGEST_FILE) return undefined;
  const content = await readFile(path).catch(() => undefined);
  if (!content || content.length > LARGEST_FILE || content.length < 24) return undefined;
  if (content.readUInt32BE(16) * content.readUInt32BE(20) > LARGEST_DOTS) return undefined;
  try {
    const { width, height, data } = PNG.sync.read(content);
    const dots = new Bitmap(width, height);
    for (let i = 0; i < width * height; i++)
      if ((data[i * 4] ?? 255) < 128) dots.blacken(i % width, Math.floor(i / width));
    return dots;
  } catch {
    return undefined;
  }
}

/** A line of text in the printer's own letters. */
function textDots(text: string, width: number): Bitmap {
  const columns = Math.floor(width / 12);
  const shown = text.length > columns ? `${text.slice(0, columns - 1)}…` : text;
  const style = { scaleX: 1, scaleY: 1, bold: true, underline: false, inverse: false };
  return drawReceipt({
    width,
    height: 24,
    dpi: 203,
    runs: [{ text: shown, x: 0, y: 0, width: shown.length * 12, height: 24, ...style }],
    barcodes: [],
    images: [],
    end: 'cut',
    unknown: [],
  });
}

/** One slip of the sheet: what stands above it, and its dots. */
export interface SheetItem {
  readonly caption: string;
  readonly dots: Bitmap;
}

/**
 * Slips side by side, dot for dot as on the paper, in rows from left to right, each under its caption. PNG of three colours.
 * @param columns slips in a row
 */
export function contactSheet(items: readonly SheetItem[], columns: number): Buffer {
  const cell = Math.max(96, ...items.map(({ dots }) => dots.width));
  const rows: SheetItem[][] = [];
  for (let i = 0; i < items.length; i += columns) rows.push(items.slice(i, i + columns));
  const heights = rows.map((row) => Math.max(...row.map(({ dots }) => dots.height)) + CAPTION + GAP);
  const across = Math.min(columns, Math.max(1, items.length));
  const width = across * (cell + GAP) + GAP;
  const height = heights.reduce((sum, one) => sum + one, GAP);
  const ink = new Bitmap(width, height);
  const desk = new Bitmap(width, height);
  desk.invert();
  let top = GAP;
  for (const [r, row] of rows.entries()) {
    for (const [c, { caption, dots }] of row.entries()) {
      const left = GAP + c * (cell + GAP);
      ink.print(textDots(caption, cell), left, top);
      clear(desk, left, top + CAPTION, dots.width, dots.height);
      ink.print(dots, left, top + CAPTION);
    }
    top += heights[r] ?? 0;
  }
  return pngOfLayers([desk, ink], COLOURS, DOTS_PER_METRE);
}

/** Whitens a box. */
function clear(bitmap: Bitmap, left: number, top: number, width: number, height: number): void {
  for (let y = Math.max(0, top); y < Math.min(bitmap.height, top + height); y++) {
    for (let x = Math.max(0, left); x < Math.min(bitmap.width, left + width); x++) {
      const at = y * bitmap.stride + (x >> 3);
      bitmap.bits[at] = (bitmap.bits[at] ?? 0) & ~(0x80 >> (x & 7));
    }
  }
}
