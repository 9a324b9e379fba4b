import { decodeQR } from 'qr/decode.js';
import { encode } from 'uqr';

/** A picture in shades of grey, row by row: 0 black to 255 white. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly luma: Uint8Array;
}

/** Dots in rows; true is dark. */
export type Dots = readonly (readonly boolean[])[];

/** Light modules around a symbol (ISO/IEC 18004, 6.3.8). */
const QUIET_ZONE = 4;
/** Patience with a picture, wall ms. */
const LIMIT_WALL_MS = 500;
/** A larger picture is no screen and no camera. */
const LARGEST = 64_000_000;

/** A text as a QR symbol with its quiet zone, medium error correction. */
export const qrDots = (text: string): Dots => encode(text, { ecc: 'M', border: QUIET_ZONE }).data;

/**
 * The same symbol as a scanner sees it behind a cracked screen: nothing of it can be read. Two of its three finder patterns
 * and all between them are gone.
 */
export const spoilt = (dots: Dots): Dots =>
  dots.map((row, y) =>
    row.map((dark, x) => dark && y > QUIET_ZONE + 9 && x > QUIET_ZONE + 9 && (x + y) % 3 > 0),
  );

/** Dots as pixels. */
export function pictureOf(dots: Dots): Picture {
  const width = dots[0]?.length ?? 0;
  const height = dots.length;
  const luma = Uint8Array.from(dots.flatMap((row) => row.map((dark) => (dark ? 0 : 255))));
  return { width, height, luma };
}

/** Every pixel as a square. @param n its side, pixels */
export function enlarged({ width, height, luma }: Picture, n: number): Picture {
  const wide = width * n;
  const grown = new Uint8Array(wide * height * n);
  for (let i = 0; i < grown.length; i++)
    grown[i] = luma[Math.floor(i / wide / n) * width + Math.floor((i % wide) / n)] ?? 255;
  return { width: wide, height: height * n, luma: grown };
}

/** What the QR symbol in a picture says; undefined when there is none or it cannot be read. Never throws. */
export function readQr({ width, height, luma }: Picture): string | undefined {
  if (width < 21 || height < 21 || width * height > LARGEST || luma.length !== width * height)
    return undefined;
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < luma.length; i++) data.fill(luma[i] ?? 255, i * 3, i * 3 + 3);
  try {
    return decodeQR({ width, height, data }, { format: 'RGB', timeLimit: LIMIT_WALL_MS, effort: 3 });
  } catch {
    return undefined;
  }
}
