import { decodeQR, type FinderPoints } from 'qr/decode.js';

/** Dots, 1-bit. */
export interface BlackAndWhite {
  readonly width: number;
  readonly height: number;
  /** True where it is black; white outside. */
  at(x: number, y: number): boolean;
}

/** A QR symbol among dots: where it stands, without its quiet zone, and what it says. */
export interface FoundQr {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly side: number;
  /** Dots of a module. */
  readonly module: number;
  /** Degrees by which it stands turned clockwise. */
  readonly turn?: 90 | 180 | 270;
}

/** No symbol is printed closer to an edge than this; readers want some white around it. */
const MARGIN = 8;

/**
 * The first QR symbol among dots that were drawn by a program; undefined if there is none. Deterministic: no more than one
 * attempt, however long it takes (some 60 ns a dot). Never throws.
 */
export function findQr(dots: BlackAndWhite): FoundQr | undefined {
  const [width, height] = [dots.width + 2 * MARGIN, dots.height + 2 * MARGIN];
  const data = new Uint8Array(width * height * 3).fill(255);
  for (let y = 0; y < dots.height; y++) {
    for (let x = 0; x < dots.width; x++) {
      if (!dots.at(x, y)) continue;
      const at = ((y + MARGIN) * width + x + MARGIN) * 3;
      data[at] = data[at + 1] = data[at + 2] = 0;
    }
  }
  let points: FinderPoints | undefined;
  try {
    const text = decodeQR(
      { width, height, data },
      {
        format: 'RGB',
        effort: 1,
        timeLimit: Number.MAX_SAFE_INTEGER,
        pointsOnDetect: (found) => (points = found),
      },
    );
    return points && { text, ...placeOf(points, dots) };
  } catch {
    return undefined;
  }
}

function placeOf({ tl, tr, boundingBox }: FinderPoints, dots: BlackAndWhite): Omit<FoundQr, 'text'> {
  const side = Math.max(boundingBox.width, boundingBox.height);
  const left = Math.floor(boundingBox.x) - MARGIN;
  const top = Math.floor(boundingBox.y) - MARGIN;
  const box = fitted(dots, left, top, Math.ceil(side) + 1);
  const degrees = (Math.round(Math.atan2(tr.y - tl.y, tr.x - tl.x) / (Math.PI / 2)) * 90 + 360) % 360;
  const turn = degrees === 90 || degrees === 180 || degrees === 270 ? ({ turn: degrees } as const) : {};
  return { ...box, module: Math.max(1, Math.round(tl.moduleSize)), ...turn };
}

/** The box of what is black in a square whose place is known to two dots: the edges of a symbol are black somewhere. */
function fitted(dots: BlackAndWhite, left: number, top: number, side: number) {
  let [x0, y0, x1, y1] = [left + side, top + side, left, top];
  for (let y = top; y < top + side; y++) {
    for (let x = left; x < left + side; x++) {
      if (!dots.at(x, y)) continue;
      x0 = Math.min(x0, x);
      y0 = Math.min(y0, y);
      x1 = Math.max(x1, x + 1);
      y1 = Math.max(y1, y + 1);
    }
  }
  return { x: x0, y: y0, side: Math.max(x1 - x0, y1 - y0) };
}
