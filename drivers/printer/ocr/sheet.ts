import type { PaperBox } from '../../../rig/model/receipt.ts';
import type { Bitmap } from '../../codec/escpos/render/bitmap.ts';
import { type Band, bandsOf } from './bands.ts';

/** A picture prepared for reading: its lines at one height below each other, as a portable graymap. */
export interface ReadingSheet {
  readonly pgm: Uint8Array;
  readonly dpi: number;
  /** Where a box of the sheet (pixels) lies in the picture (dots); undefined between the lines. */
  place(box: PaperBox): (PaperBox & { readonly line: number; readonly scale: number }) | undefined;
}

/** White around the lines, pixels. */
const MARGIN = 16;
/** Higher bands are pictures, or text that stands too close for its lines to be told apart: they keep their size. */
const HIGHEST = 120;
/** Widest and highest sheet, pixels; what does not fit is not read. */
const SIDE_MAX = 12_000;
const PIXELS_MAX = 24e6;

interface Placed {
  readonly band: Band;
  readonly top: number;
  readonly scale: number;
}

/** How a picture is prepared. */
export interface Preparation {
  /** Pixels that a line of text is made high. */
  readonly lineHeight: number;
  /** How much wider than they are dots are drawn; more than 1 mends strokes of single dots. */
  readonly ink: number;
}

/**
 * Lays the lines of a 1-bit picture out for a reader: each scaled, smoothed, to about `lineHeight` pixels, so that
 * headings of double size are read like the rest; rules are left out. Undefined when there is nothing that could be text.
 */
export function readingSheet(picture: Bitmap, { lineHeight, ink }: Preparation): ReadingSheet | undefined {
  const bands = bandsOf(picture);
  const typical = median(bands.map(({ height }) => height));
  let top = MARGIN;
  let width = 0;
  const placed: Placed[] = [];
  for (const band of bands) {
    const scale = scaleOf(band, typical, lineHeight);
    const [wide, high] = [Math.ceil(band.width * scale), Math.ceil(band.height * scale)];
    const widest = Math.max(width, wide + 2 * MARGIN);
    if (widest > SIDE_MAX || top + high + MARGIN > SIDE_MAX || widest * (top + high + MARGIN) > PIXELS_MAX)
      continue;
    width = widest;
    placed.push({ band, top, scale });
    top += high + MARGIN;
  }
  if (placed.length === 0) return undefined;
  const pixels = new Uint8Array(width * top).fill(255);
  for (const one of placed) draw(picture, one, ink, pixels, width);
  return {
    pgm: Buffer.concat([Buffer.from(`P5\n${width} ${top}\n255\n`, 'latin1'), pixels]),
    dpi: Math.round((203 * lineHeight) / 24),
    place({ x, y, width: wide, height }) {
      const middle = y + height / 2;
      const line = placed.findIndex(
        (one) =>
          middle >= one.top - MARGIN / 2 && middle < one.top + one.band.height * one.scale + MARGIN / 2,
      );
      const own = placed[line];
      if (!own) return undefined;
      const { band, scale } = own;
      return {
        x: Math.round(band.left + (x - MARGIN) / scale),
        y: band.top,
        width: Math.max(1, Math.round(wide / scale)),
        height: band.height,
        line,
        scale: Math.max(1, Math.round(band.height / Math.max(1, typical))),
      };
    },
  };
}

/** Lines of ordinary height are scaled alike, whether they have long letters or none; only higher ones to their own size. */
function scaleOf({ height }: Band, typical: number, lineHeight: number): number {
  if (height > HIGHEST) return 1;
  const like = height > typical * 1.4 ? height : Math.max(typical, 16);
  return lineHeight / like;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 24;
}

/** Each pixel is the mean of the dots it covers, the edges between dots softened (tent of two dots). */
function draw(
  picture: Bitmap,
  { band, top, scale }: Placed,
  ink: number,
  pixels: Uint8Array,
  width: number,
): void {
  const high = Math.ceil(band.height * scale);
  const wide = Math.ceil(band.width * scale);
  const columns = weights(wide, scale, ink);
  const rows = weights(high, scale, ink);
  const lines = new Map<number, Float32Array>();
  const lineOf = (y: number) => {
    const known = lines.get(y);
    if (known) return known;
    const line = Float32Array.from(columns, (taps) =>
      taps.reduce((sum, { at, share }) => sum + (picture.at(band.left + at, band.top + y) ? share : 0), 0),
    );
    lines.set(y, line);
    return line;
  };
  rows.forEach((taps, row) => {
    const from = (top + row) * width + MARGIN;
    const parts = taps
      .filter(({ at }) => at >= 0 && at < band.height)
      .map(({ at, share }) => ({ line: lineOf(at), share }));
    for (let x = 0; x < wide; x++) {
      let black = 0;
      for (const { line, share } of parts) black += share * (line[x] ?? 0);
      pixels[from + x] = 255 - Math.round(255 * Math.min(1, black * ink));
    }
  });
}

interface Tap {
  readonly at: number;
  readonly share: number;
}

/** For each pixel the dots that it is made of. */
function weights(count: number, scale: number, ink: number): Tap[][] {
  const radius = ink * Math.max(1, 1 / scale);
  return Array.from({ length: count }, (_, i) => {
    const centre = (i + 0.5) / scale - 0.5;
    const taps: Tap[] = [];
    for (let at = Math.ceil(centre - radius); at <= Math.floor(centre + radius); at++) {
      const share = 1 - Math.abs(at - centre) / radius;
      if (share > 0) taps.push({ at, share });
    }
    const sum = taps.reduce((total, { share }) => total + share, 0);
    return taps.map(({ at, share }) => ({ at, share: share / sum }));
  });
}
