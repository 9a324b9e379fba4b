import { Bitmap } from '../render/bitmap.ts';

/** MaxiCode has one size (ISO/IEC 16023: about 28 × 27 mm); 33 rows of 30 hexagons, every second row shifted by half. */
const ROWS = 33;
const COLUMNS = 30;
/** Dots from one hexagon to the next, and from row to row. */
const ACROSS = 7;
const DOWN = 6;
/** Dots left out and black of each row of a hexagon. */
const HEXAGON: readonly (readonly [left: number, width: number])[] = [
  [2, 2],
  [1, 4],
  [0, 6],
  [0, 6],
  [0, 6],
  [1, 4],
  [2, 2],
];
/** Radii of the finder's circles, dots: dark from the first to the second, and so on. */
const RINGS = [4, 9, 15, 20, 26, 31] as const;

export const MAXICODE = { width: COLUMNS * ACROSS + 3, height: ROWS * DOWN + 2 } as const;

/** The symbol in dots. @param cells numbers of the dark hexagons, row by row */
export function hexagons(cells: readonly number[]): Bitmap {
  const dots = new Bitmap(MAXICODE.width, MAXICODE.height);
  for (const cell of cells) {
    const row = Math.floor(cell / COLUMNS);
    const left = (cell % COLUMNS) * ACROSS + (row % 2) * 3;
    HEXAGON.forEach(([from, width], y) => {
      dots.fill(left + from, row * DOWN + y, width, 1);
    });
  }
  const [middleX, middleY] = [14.5 * ACROSS, 16 * DOWN + 3];
  for (let y = -31; y <= 31; y++) {
    for (let x = -31; x <= 31; x++) {
      const radius = Math.hypot(x, y);
      const ring = RINGS.findIndex((r) => radius < r);
      if (ring % 2 === 1) dots.blacken(Math.round(middleX + x), Math.round(middleY + y));
    }
  }
  return dots;
}
