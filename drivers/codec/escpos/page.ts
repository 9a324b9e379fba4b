import type { Line } from './line.ts';
import { emptySheet, type Place, type Sheet } from './sheet.ts';

/** Print direction in page mode: 0 to the right, 1 upwards, 2 to the left, 3 downwards. */
export type Direction = 0 | 1 | 2 | 3;

/** Height of a page until its area is set, dots. */
const HEIGHT = 1662;

/** A page that is being composed in page mode: areas with a direction of print each, printed as a whole. */
export class Page {
  sheet: Sheet = emptySheet();
  /** Top of the next line, in the coordinates of the area and direction. */
  y = 0;
  /** Lowest dot that the page takes on paper. */
  bottom = 0;
  readonly #paperWidth: number;
  #area: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  #direction: Direction = 0;

  constructor(paperWidth: number) {
    this.#paperWidth = paperWidth;
    this.#area = { x: 0, y: 0, width: paperWidth, height: HEIGHT };
  }

  /** Length of a line in the present direction, dots. */
  get room(): number {
    return this.#direction % 2 === 0 ? this.#area.width : this.#area.height;
  }

  /** Composes on in another area; false if it lies off the paper. */
  setArea(x: number, y: number, width: number, height: number): boolean {
    if (width === 0 || height === 0 || x >= this.#paperWidth) return false;
    this.#area = { x, y, width: Math.min(width, this.#paperWidth - x), height };
    this.bottom = Math.max(this.bottom, y + height);
    this.y = 0;
    return true;
  }

  setDirection(direction: Direction): void {
    this.#direction = direction;
    this.y = 0;
  }

  print(line: Line, slack: number): void {
    const top = this.y;
    line.print(this.sheet, this.room, slack, (u, v, width, height) => {
      const box = this.#place(u, top + v, width, height);
      this.bottom = Math.max(this.bottom, box.y + box.height);
      return box;
    });
  }

  clear(): void {
    this.sheet = emptySheet();
    this.y = 0;
    this.bottom = 0;
  }

  /** Where a box of the area's own coordinates lies on the page. */
  #place(u: number, v: number, w: number, h: number): Place {
    const { x, y, width, height } = this.#area;
    switch (this.#direction) {
      case 0:
        return { x: x + u, y: y + v, width: w, height: h };
      case 1:
        return { x: x + v, y: y + height - u - w, width: h, height: w, turn: 270 };
      case 2:
        return { x: x + width - u - w, y: y + height - v - h, width: w, height: h, turn: 180 };
      case 3:
        return { x: x + width - v - h, y: y + u, width: h, height: w, turn: 90 };
    }
  }
}
