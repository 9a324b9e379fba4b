import { PNG } from 'pngjs';
import { RigError } from '../../../rig/model/errors.ts';

/** A picture in grey values, 0 black to 255 white, row by row. */
export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Larger pictures are refused before anything is unpacked, pixels. */
const PIXELS_MAX = 40e6;

/**
 * A PNG file in grey values. Errors: DISPLAY_PICTURE for what is none, is damaged or too large.
 * @param from who gave it, for the error
 */
export function greyOfPng(file: Uint8Array, from: string): Grey {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < 24 || bytes.readUInt32BE(0) !== 0x89504e47)
    throw unreadable(`what ${from} gives is no PNG picture`);
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  if (width === 0 || height === 0 || width * height > PIXELS_MAX)
    throw unreadable(`${from} gives a picture of ${width} x ${height} pixels`);
  try {
    const { data } = PNG.sync.read(bytes);
    const pixels = new Uint8Array(width * height);
    for (let i = 0; i < pixels.length; i++) {
      const [red, green, blue] = [data[i * 4] ?? 0, data[i * 4 + 1] ?? 0, data[i * 4 + 2] ?? 0];
      pixels[i] = (red * 77 + green * 150 + blue * 29) >> 8;
    }
    return { width, height, pixels };
  } catch (cause) {
    throw unreadable(`a picture that ${from} gives is damaged`, cause);
  }
}

export const pngOfGrey = ({ width, height, pixels }: Grey): Buffer =>
  PNG.sync.write(Object.assign(new PNG({ width, height }), { data: Buffer.from(pixels) }), {
    colorType: 0,
    inputColorType: 0,
    inputHasAlpha: false,
  });

const unreadable = (message: string, cause?: unknown): RigError =>
  new RigError('DISPLAY_PICTURE', 'bench', message, {
    hint: 'Open the picture by hand; a camera that gives JPEG is read through ffmpeg (`program`).',
    ...(cause === undefined ? {} : { cause }),
  });

/** A part of a picture; what lies outside of it is cut off. */
export function cut(from: Grey, x: number, y: number, width: number, height: number): Grey {
  const [left, top] = [Math.max(0, Math.round(x)), Math.max(0, Math.round(y))];
  const w = Math.max(0, Math.min(from.width - left, Math.round(width)));
  const h = Math.max(0, Math.min(from.height - top, Math.round(height)));
  const pixels = new Uint8Array(w * h);
  for (let row = 0; row < h; row++) {
    const start = (top + row) * from.width + left;
    pixels.set(from.pixels.subarray(start, start + w), row * w);
  }
  return { width: w, height: h, pixels };
}

/** A picture of a whole screen, straight, of which parts are made when somebody looks at them. */
export interface StraightPicture {
  readonly width: number;
  readonly height: number;
  part(x: number, y: number, width: number, height: number): Grey;
}

export const straight = (picture: Grey): StraightPicture => ({
  ...picture,
  part: (x, y, width, height) => cut(picture, x, y, width, height),
});

export const whole = ({ width, height, part }: StraightPicture): Grey => part(0, 0, width, height);
