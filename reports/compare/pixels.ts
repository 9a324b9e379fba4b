import { readFileSync } from 'node:fs';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import type { PrintedSlip } from './evidence.ts';
import { freshOut } from './shape.ts';

/** How two pictures of a slip differ, beyond what is new in every run. */
export interface PictureChange {
  readonly step: number;
  readonly copy: string;
  /** Dots that differ on lines that ought to be the same. */
  readonly pixels: number;
  /** Lines of the paper, from 1, on which they are; empty when lines and picture could not be put beside each other. */
  readonly lines: readonly number[];
  /** Both pictures laid over each other, the differing dots in red, as PNG. */
  readonly picture: Buffer;
}

/** A slip longer than two metres, or a file of another kind: not looked at. */
const MOST_DOTS = 16_000_000;

/** Raster pictures of slips pair by pair, in the order in which they were printed; only pairs that differ. */
export function pictureChanges(
  before: readonly PrintedSlip[],
  after: readonly PrintedSlip[],
): readonly PictureChange[] {
  return before.flatMap((old, i) => {
    const fresh = after[i];
    if (!fresh || old.copy !== fresh.copy || old.picture === undefined || fresh.picture === undefined)
      return [];
    return changeOf(old, fresh) ?? [];
  });
}

function changeOf(before: PrintedSlip, after: PrintedSlip): PictureChange | undefined {
  const [a, b] = [imageOf(before.picture), imageOf(after.picture)];
  if (!a || !b) return undefined;
  const [width, height] = [Math.max(a.width, b.width), Math.max(a.height, b.height)];
  const [left, right] = [onPaper(a, width, height), onPaper(b, width, height)];
  const diff = new PNG({ width, height });
  const all = pixelmatch(left.data, right.data, diff.data, width, height, {
    threshold: 0.1,
    includeAA: true,
  });
  if (all === 0) return undefined;
  const differing = rowsThatDiffer(left, right);
  const bands = bandsOf(left, right);
  const lines = matched(bands, before.lines, after.lines);
  const told: number[] = [];
  let pixels = 0;
  for (const [i, [from, to]] of bands.entries()) {
    let within = 0;
    for (let row = from; row < to; row++) within += differing[row] ?? 0;
    const line = lines?.[i];
    // Numbers that must differ from run to run are no difference, nor is their ink.
    if (within === 0 || line?.fresh) continue;
    pixels += within;
    if (line) told.push(line.number);
  }
  return pixels === 0
    ? undefined
    : { step: after.step, copy: after.copy, pixels, lines: told, picture: PNG.sync.write(diff) };
}

function imageOf(path: string | undefined): PNG | undefined {
  if (path === undefined) return undefined;
  try {
    const png = PNG.sync.read(readFileSync(path));
    return png.width * png.height <= MOST_DOTS ? png : undefined;
  } catch {
    return undefined;
  }
}

/** The picture on white paper of that size. */
function onPaper(image: PNG, width: number, height: number): PNG {
  const paper = new PNG({ width, height });
  paper.data.fill(255);
  PNG.bitblt(image, paper, 0, 0, image.width, image.height, 0, 0);
  return paper;
}

const isInk = (image: PNG, at: number): boolean => (image.data[at] ?? 255) < 128;

function rowsThatDiffer(a: PNG, b: PNG): readonly number[] {
  return Array.from({ length: a.height }, (_, row) => {
    let count = 0;
    for (let x = 0; x < a.width; x++) {
      const at = (row * a.width + x) * 4;
      if (isInk(a, at) !== isInk(b, at)) count += 1;
    }
    return count;
  });
}

/** Runs of rows with ink in either picture: printed lines, bar codes, logos. Half-open. */
function bandsOf(a: PNG, b: PNG): readonly (readonly [number, number])[] {
  const bands: [number, number][] = [];
  let from = -1;
  for (let row = 0; row <= a.height; row++) {
    let ink = false;
    for (let x = 0; row < a.height && x < a.width && !ink; x++) {
      const at = (row * a.width + x) * 4;
      ink = isInk(a, at) || isInk(b, at);
    }
    if (ink && from < 0) from = row;
    if (!ink && from >= 0) {
      bands.push([from, row]);
      from = -1;
    }
  }
  return bands;
}

/** The line of text in each band; undefined when there is not one line for each. */
function matched(
  bands: readonly unknown[],
  before: readonly string[],
  after: readonly string[],
): readonly { readonly number: number; readonly fresh: boolean }[] | undefined {
  const printed = (lines: readonly string[]) =>
    lines.map((text, i) => ({ text, number: i + 1 })).filter(({ text }) => text.trim() !== '');
  const [old, fresh] = [printed(before), printed(after)];
  if (old.length !== fresh.length || fresh.length !== bands.length) return undefined;
  return fresh.map(({ text, number }, i) => {
    const was = old[i]?.text ?? '';
    return { number, fresh: was !== text && freshOut(was) === freshOut(text) };
  });
}
