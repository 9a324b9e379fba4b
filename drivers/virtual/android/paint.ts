import { fonts } from '../../codec/escpos/fonts/fonts.ts';
import type { KeyArea } from '../devices/gantry/finger.ts';
import { cellsOf } from '../terminal/display.ts';
import type { TouchScreen } from './touch-screen.ts';

/** Grey values 0 (black) to 255, row by row. */
export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  readonly grey: Uint8Array;
}

/** The screen of the model: pixels, and where in it the device frame of the profile lies. */
export interface ScreenGeometry {
  readonly width: number;
  readonly height: number;
  /** Pixel of the origin of the device frame: the centre of the top left key. */
  readonly x: number;
  readonly y: number;
  /** Pixels a millimetre. */
  readonly scale: number;
}

const GREY = { paper: 250, ink: 25, key: 214, rim: 150, head: 235 } as const;
/** Text is drawn in the dots of the fonts, each this many pixels wide and high. */
const TEXT = 2;
const LINE = 50;

/** What an Android screen shows where pictures of it are forbidden. */
export const blackScreen = ({ width, height }: ScreenGeometry): GreyPicture => ({
  width,
  height,
  grey: new Uint8Array(width * height),
});

/** Draws a touch screen: its lines on top, under them the keys, each with what stands on it now. */
export function paint(
  { lines: { lit, lines }, labels }: TouchScreen,
  keys: Readonly<Record<string, KeyArea>>,
  geometry: ScreenGeometry,
): GreyPicture {
  if (!lit) return blackScreen(geometry);
  const { width, height, x: left, y: top, scale } = geometry;
  const picture = { width, height, grey: new Uint8Array(width * height).fill(GREY.paper) };
  box(picture, 0, 0, width, LINE, GREY.head);
  lines.forEach((line, row) => {
    write(picture, line, 16, 4 + row * LINE, TEXT);
  });
  for (const [place, { x, y, w, h }] of Object.entries(keys)) {
    const [kw, kh] = [w * scale, h * scale];
    const [kx, ky] = [left + x * scale - kw / 2, top + y * scale - kh / 2];
    box(picture, kx, ky, kw, kh, GREY.rim);
    box(picture, kx + 2, ky + 2, kw - 4, kh - 4, GREY.key);
    const label = labels.get(place) ?? place;
    const wide = cellsOf(label) * 12 * TEXT;
    write(picture, label, left + x * scale - wide / 2, top + y * scale - 12 * TEXT, TEXT);
  }
  return picture;
}

function box(
  { width, height, grey }: GreyPicture,
  x: number,
  y: number,
  w: number,
  h: number,
  tone: number,
): void {
  const to = Math.min(height, Math.round(y + h));
  const right = Math.min(width, Math.round(x + w));
  for (let row = Math.max(0, Math.round(y)); row < to; row++)
    grey.fill(tone, row * width + Math.max(0, Math.round(x)), row * width + Math.max(0, right));
}

function write(picture: GreyPicture, text: string, x: number, y: number, dots: number): void {
  const { A, kanji } = fonts();
  let at = Math.round(x);
  for (const char of text) {
    const font = cellsOf(char) === 2 ? kanji : A;
    const cell = font.cell(char);
    for (let row = 0; cell && row < font.height; row++)
      for (let column = 0; column < font.width; column++)
        if (cell.at(column, row))
          box(picture, at + column * dots, Math.round(y) + row * dots, dots, dots, GREY.ink);
    at += font.width * dots;
  }
}
