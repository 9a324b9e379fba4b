import { fonts } from '../../codec/escpos/fonts/fonts.ts';
import { qrDots } from '../../codec/qr/picture.ts';
import type { KeyArea } from '../devices/gantry/finger.ts';
import type { VisibleScreen } from '../terminal/body.ts';
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

const GREY = { white: 255, paper: 250, ink: 25, key: 214, rim: 150, head: 235 } as const;
/** Text is drawn in the dots of the fonts, each this many pixels wide and high. */
const TEXT = 2;
const LINE = 50;
/** Column from which a code stands. */
const CODE_LEFT = 256;

/** What an Android screen shows where pictures of it are forbidden. */
export const blackScreen = ({ width, height }: ScreenGeometry): GreyPicture => ({
  width,
  height,
  grey: new Uint8Array(width * height),
});

/** Draws a touch screen: its lines on top, under them the keys, each with what stands on it now. */
export function paint(
  { lines: { lit, lines, code }, labels }: TouchScreen,
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
  if (code !== undefined) drawCode(picture, code, CODE_LEFT, LINE + 4, keysFrom(keys, geometry) - LINE - 8);
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

/** The graphic display of a terminal with keys of its own: its lines, and beside them a code. */
export const DISPLAY = { width: 640, height: 380 } as const;

/** Draws such a display. */
export function paintDisplay({ lit, lines, code }: VisibleScreen): GreyPicture {
  const { width, height } = DISPLAY;
  const picture = { width, height, grey: new Uint8Array(width * height).fill(lit ? GREY.paper : 0) };
  if (!lit) return picture;
  lines.forEach((line, row) => {
    write(picture, line, 16, 4 + row * LINE, TEXT);
  });
  if (code !== undefined) drawCode(picture, code, CODE_LEFT, 4, height - 8);
  return picture;
}

/** A code as large as whole dots allow, from a column to the right edge; it covers what stands there. */
function drawCode(picture: GreyPicture, text: string, x: number, y: number, high: number): void {
  const dots = qrDots(text);
  const dot = Math.floor(Math.min(high, picture.width - x) / dots.length);
  const side = dot * dots.length;
  box(picture, x, y, side, side, GREY.white);
  dots.forEach((row, i) => {
    row.forEach((dark, j) => {
      if (dark) box(picture, x + j * dot, y + i * dot, dot, dot, 0);
    });
  });
}

/** First row of pixels that the keys take. */
const keysFrom = (keys: Readonly<Record<string, KeyArea>>, { y: top, scale }: ScreenGeometry): number =>
  Math.min(...Object.values(keys).map(({ y, h }) => top + (y - h / 2) * scale));

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
