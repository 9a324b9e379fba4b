import type { Grey } from './grey.ts';

/** Where the corners of a screen lie in a picture: from the upper left one, clockwise, pixels. */
export type Corners = readonly (readonly [x: number, y: number])[];

/** A part of the straight picture, pixels. */
export interface Part {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The screen as it is seen straight on: every pixel of the result asks the picture what is there, between its pixels too.
 * Only the `part` that is wanted is made.
 * The projection of a square onto four corners: P. Heckbert, "Fundamentals of Texture Mapping and Image Warping", 1989,
 * section 2.2.3.
 */
export function rectify(
  from: Grey,
  corners: Corners,
  width: number,
  height: number,
  part: Part = { x: 0, y: 0, width, height },
): Grey {
  const [[x0, y0] = [0, 0], [x1, y1] = [1, 0], [x2, y2] = [1, 1], [x3, y3] = [0, 1]] = corners;
  const [dx1, dx2, sx] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, sy] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const whole = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / whole;
  const h = (dx1 * sy - sx * dy1) / whole;
  const [ax, bx] = [x1 - x0 + g * x1, x3 - x0 + h * x3];
  const [ay, by] = [y1 - y0 + g * y1, y3 - y0 + h * y3];
  const [wide, high] = [Math.max(0, Math.round(part.width)), Math.max(0, Math.round(part.height))];
  const pixels = new Uint8Array(wide * high);
  for (let row = 0; row < high; row++) {
    const v = (part.y + row + 0.5) / height;
    for (let column = 0; column < wide; column++) {
      const u = (part.x + column + 0.5) / width;
      const w = g * u + h * v + 1;
      pixels[row * wide + column] = between(
        from,
        (ax * u + bx * v + x0) / w - 0.5,
        (ay * u + by * v + y0) / w - 0.5,
      );
    }
  }
  return { width: wide, height: high, pixels };
}

/** The grey value between four pixels; beyond the edge the edge goes on. */
function between({ width, height, pixels }: Grey, x: number, y: number): number {
  const [cx, cy] = [Math.max(0, Math.min(width - 1.001, x)), Math.max(0, Math.min(height - 1.001, y))];
  const [left, top] = [Math.floor(cx), Math.floor(cy)];
  const [fx, fy] = [cx - left, cy - top];
  const at = top * width + left;
  const upper = (pixels[at] ?? 0) * (1 - fx) + (pixels[at + 1] ?? 0) * fx;
  const lower = (pixels[at + width] ?? 0) * (1 - fx) + (pixels[at + width + 1] ?? 0) * fx;
  return Math.round(upper * (1 - fy) + lower * fy);
}

/** Whether four points are the corners of something with an inside, in order: convex, clockwise as pixels count. */
export function isQuadrangle(corners: Corners): boolean {
  return corners.every(([x, y], i) => {
    const [nx, ny] = corners[(i + 1) % 4] ?? [0, 0];
    const [mx, my] = corners[(i + 2) % 4] ?? [0, 0];
    return (nx - x) * (my - ny) - (ny - y) * (mx - nx) > 1;
  });
}
