import { readFileSync } from 'node:fs';
import { packaged } from '../../../rig/model/package-root.ts';
import { cut, type Grey } from './grey.ts';

/** Every digit is compared at this size. */
export const SHAPE = { width: 12, height: 16 } as const;

/** A shape: how much ink there is in each of its places, less the mean, of length 1. */
export type Shape = Float32Array;

/** The middle of a key that is looked at, shares of its width and height: rims and shadows lie outside. */
const MIDDLE = 0.74;
/** Less difference between ink and key is no digit but noise, grey values. */
const CONTRAST_MIN = 24;

/**
 * The shape that stands on a key, whatever its size, its colours and which of them is darker; undefined for a key on which
 * nothing stands.
 */
export function shapeOn(key: Grey): Shape | undefined {
  const [w, h] = [key.width * MIDDLE, key.height * MIDDLE];
  const middle = cut(key, (key.width - w) / 2, (key.height - h) / 2, w, h);
  const ink = inkOf(middle);
  return ink && normalised(ink);
}

/** Ink from 0 to 255: what differs from what most of the key is. */
function inkOf(middle: Grey): Grey | undefined {
  const sorted = Uint8Array.from(middle.pixels).sort();
  const ground = sorted[sorted.length >> 1] ?? 0;
  const [low, high] = [
    sorted[Math.floor(sorted.length * 0.005)] ?? 0,
    sorted[Math.floor(sorted.length * 0.995)] ?? 0,
  ];
  const dark = ground - low >= high - ground;
  const range = dark ? ground - low : high - ground;
  if (range < CONTRAST_MIN) return undefined;
  return {
    ...middle,
    pixels: middle.pixels.map((tone) =>
      Math.max(0, Math.min(255, Math.round(((dark ? ground - tone : tone - ground) * 255) / range))),
    ),
  };
}

/** The box around the ink, as high as a shape and in the middle of one. */
function normalised(ink: Grey): Shape | undefined {
  const box = boxOf(ink);
  if (!box || box.height < 4) return undefined;
  const scale = Math.min(SHAPE.height / box.height, SHAPE.width / box.width);
  const [wide, high] = [box.width * scale, box.height * scale];
  const [left, top] = [(SHAPE.width - wide) / 2, (SHAPE.height - high) / 2];
  const shape = new Float32Array(SHAPE.width * SHAPE.height);
  for (let y = 0; y < SHAPE.height; y++)
    for (let x = 0; x < SHAPE.width; x++)
      shape[y * SHAPE.width + x] = meanOf(
        ink,
        box.x + (x - left) / scale,
        box.y + (y - top) / scale,
        box.x + (x + 1 - left) / scale,
        box.y + (y + 1 - top) / scale,
      );
  return unit(shape);
}

/** Rows and columns with enough ink that no speck makes them. */
function boxOf({ width, height, pixels }: Grey) {
  const enough = (ink: number) => ink > 300;
  const rows = Array.from({ length: height }, (_, y) => {
    let ink = 0;
    for (let x = 0; x < width; x++) if ((pixels[y * width + x] ?? 0) > 127) ink += 255;
    return ink;
  });
  const columns = Array.from({ length: width }, (_, x) => {
    let ink = 0;
    for (let y = 0; y < height; y++) if ((pixels[y * width + x] ?? 0) > 127) ink += 255;
    return ink;
  });
  const [x, right] = [columns.findIndex(enough), columns.findLastIndex(enough)];
  const [y, bottom] = [rows.findIndex(enough), rows.findLastIndex(enough)];
  return x < 0 || y < 0 ? undefined : { x, y, width: right - x + 1, height: bottom - y + 1 };
}

function meanOf({ width, height, pixels }: Grey, x0: number, y0: number, x1: number, y1: number): number {
  let [sum, area] = [0, 0];
  for (let y = Math.floor(y0); y < y1; y++) {
    const rows = Math.min(y + 1, y1) - Math.max(y, y0);
    for (let x = Math.floor(x0); x < x1; x++) {
      const part = rows * (Math.min(x + 1, x1) - Math.max(x, x0));
      area += part;
      if (x >= 0 && y >= 0 && x < width && y < height) sum += part * (pixels[y * width + x] ?? 0);
    }
  }
  return area > 0 ? sum / area : 0;
}

/** Blurred a little (a stroke beside a stroke is nearly one upon it), without its mean, of length 1. */
function unit(shape: Float32Array): Shape {
  const { width, height } = SHAPE;
  const at = (x: number, y: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : (shape[y * width + x] ?? 0);
  const soft = new Float32Array(shape.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      soft[y * width + x] =
        4 * at(x, y) +
        2 * (at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1)) +
        at(x - 1, y - 1) +
        at(x + 1, y - 1) +
        at(x - 1, y + 1) +
        at(x + 1, y + 1);
  const mean = soft.reduce((sum, value) => sum + value, 0) / soft.length;
  const length = Math.sqrt(soft.reduce((sum, value) => sum + (value - mean) ** 2, 0)) || 1;
  return soft.map((value) => (value - mean) / length);
}

/** How alike two shapes are: 1 the same, 0 nothing in common. */
export const likeness = (a: Shape, b: Shape): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
};

let known: readonly (readonly Shape[])[] | undefined;

/** What each digit looks like, in several typefaces. */
export function digitShapes(): readonly (readonly Shape[])[] {
  known ??= readShapes(readFileSync(packaged('drivers/display/picture/digits.txt'), 'utf8'));
  return known;
}

/** Lines of `digit typeface ink`, ink as one hexadecimal digit a place; `#` begins a remark. */
export function readShapes(text: string): readonly (readonly Shape[])[] {
  const shapes: Shape[][] = Array.from({ length: 10 }, () => []);
  for (const line of text.split('\n')) {
    const [, digit, ink = ''] = /^(\d) \S+ ([0-9a-f]+)$/.exec(line) ?? [];
    if (digit === undefined || ink.length !== SHAPE.width * SHAPE.height) continue;
    shapes[Number(digit)]?.push(unit(Float32Array.from(ink, (hex) => Number.parseInt(hex, 16) / 15)));
  }
  return shapes;
}
