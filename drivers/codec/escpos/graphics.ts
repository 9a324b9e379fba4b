import type { Obey } from './obey.ts';
import type { Printer } from './printer.ts';
import type { Picture } from './settings.ts';
import { imageItem } from './sheet.ts';

/** Bytes of pictures that a printer keeps in its memory; more is refused, as a full memory refuses. */
const MEMORY = 2 * 1024 * 1024;

const byte = (bytes: Uint8Array, at: number) => bytes[at] ?? 0;
const le16 = (bytes: Uint8Array, at: number) => byte(bytes, at) + byte(bytes, at + 1) * 256;

/** Pictures in raster order are already what the model holds. A picture that is cut short is padded with white. */
function fromRows(width: number, height: number, data: Uint8Array): Picture {
  const bits = new Uint8Array(Math.ceil(width / 8) * height);
  bits.set(data.subarray(0, bits.length));
  return { width, height, bits };
}

/** Column order: from left to right, each column from top to bottom, `bytesPerColumn` bytes. */
export function fromColumns(width: number, bytesPerColumn: number, data: Uint8Array): Picture {
  const stride = Math.ceil(width / 8);
  const bits = new Uint8Array(stride * bytesPerColumn * 8);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < bytesPerColumn * 8; y++) {
      const black = byte(data, x * bytesPerColumn + (y >> 3)) & (0x80 >> (y & 7));
      if (black) bits[y * stride + (x >> 3)] = byte(bits, y * stride + (x >> 3)) | (0x80 >> (x & 7));
    }
  }
  return { width, height: bytesPerColumn * 8, bits };
}

/** Every dot `sx` times wide and `sy` times high, and nothing beyond `maxWidth`, where there is no paper. */
export function scaled(picture: Picture, sx: number, sy: number, maxWidth: number): Picture {
  const width = Math.min(picture.width * sx, maxWidth);
  if (sx === 1 && sy === 1 && width === picture.width) return picture;
  const from = Math.ceil(picture.width / 8);
  const stride = Math.ceil(width / 8);
  const height = picture.height * sy;
  const bits = new Uint8Array(stride * height);
  for (let y = 0; y < picture.height; y++) {
    const row = new Uint8Array(stride);
    for (let x = 0; x < width; x++) {
      const source = Math.floor(x / sx);
      if (byte(picture.bits, y * from + (source >> 3)) & (0x80 >> (source & 7))) {
        row[x >> 3] = byte(row, x >> 3) | (0x80 >> (x & 7));
      }
    }
    for (let copy = 0; copy < sy; copy++) bits.set(row, (y * sy + copy) * stride);
  }
  return { width, height, bits };
}

function item(printer: Printer, picture: Picture, sx = 1, sy = 1) {
  const { width, height, bits } = scaled(picture, sx, sy, printer.options.width);
  return imageItem(width, height, bits);
}

/** Raster modes 0 to 3 (or their digits): bit 0 double width, bit 1 double height. */
const enlarged = (mode: number): [sx: number, sy: number] => [mode & 1 ? 2 : 1, mode & 2 ? 2 : 1];

function keep(printer: Printer, name: string, picture: Picture): void {
  let used = picture.bits.length;
  for (const [other, { bits }] of printer.pictures) if (other !== name) used += bits.length;
  if (used <= MEMORY && printer.pictures.size < 1000) printer.pictures.set(name, picture);
}

/** `GS ( L` / `GS 8 L`; `p` is where the function's parameters `m fn …` begin. */
function graphics(printer: Printer, bytes: Uint8Array, offset: number, p: number): void {
  const name = (kind: string, at: number) =>
    `${kind} ${byte(bytes, at).toString(16)} ${byte(bytes, at + 1).toString(16)}`;
  switch (byte(bytes, p + 1)) {
    case 112: // store a raster picture for function 50: a bx by c xL xH yL yH d…
    case 113: {
      const columns = byte(bytes, p + 1) === 113;
      const picture = pictureAt(bytes, p + 6, columns, byte(bytes, p + 2) === 52);
      if (!picture) return;
      const max = printer.options.width;
      printer.settings.graphics = scaled(picture, times(bytes, p + 3), times(bytes, p + 4), max);
      return;
    }
    case 2:
    case 50: // print what was stored
      if (printer.settings.graphics) printer.block(item(printer, printer.settings.graphics));
      printer.settings.graphics = undefined;
      return;
    case 67: // define, non-volatile or downloaded: a kc1 kc2 b xL xH yL yH c d…
    case 68:
    case 83:
    case 84: {
      const fn = byte(bytes, p + 1);
      const picture = pictureAt(bytes, p + 6, fn === 68 || fn === 84, false, 1);
      if (picture) keep(printer, name(fn < 80 ? 'NV' : 'graphics', p + 3), picture);
      return;
    }
    case 69: // print: kc1 kc2 x y
    case 85: {
      const [sx, sy] = [times(bytes, p + 4), times(bytes, p + 5)];
      const kind = byte(bytes, p + 1) === 69 ? 'NV' : 'graphics';
      printer.fromMemory(name(kind, p + 2), (picture) => item(printer, picture, sx, sy), offset, bytes);
      return;
    }
  }
}

const times = (bytes: Uint8Array, at: number) => (byte(bytes, at) === 2 ? 2 : 1);

/** `xL xH yL yH`, `skip` more bytes, and the data. Pictures of several tones are no dots: nothing is made of them. */
function pictureAt(
  bytes: Uint8Array,
  at: number,
  columns: boolean,
  tones: boolean,
  skip = 0,
): Picture | undefined {
  const [width, height] = [le16(bytes, at), le16(bytes, at + 2)];
  const data = bytes.subarray(at + 4 + skip);
  if (width === 0 || height === 0 || tones) return undefined;
  // Sizes are claims; only what the data can fill is believed, so that memory stays bounded by the input.
  const stride = Math.ceil(width / 8);
  if (!columns) return fromRows(width, Math.min(height, Math.ceil(data.length / stride)), data);
  const bytesPerColumn = Math.ceil(height / 8);
  return fromColumns(Math.min(width, Math.ceil(data.length / bytesPerColumn)), bytesPerColumn, data);
}

/** Dots of `ESC *` modes, as times of a 203 dpi dot: [wide, high, bytes a column]. */
const COLUMN_MODES: Readonly<Record<number, readonly [sx: number, sy: number, bytes: number]>> = {
  0: [2, 3, 1],
  1: [1, 3, 1],
  32: [2, 1, 3],
  33: [1, 1, 3],
};

/** `ESC & y c1 c2 [x d…]…`: characters of the present font, x columns of y bytes; none of them is wider than its cell. */
function defineCharacters(printer: Printer, bytes: Uint8Array): void {
  const rows = byte(bytes, 2);
  let at = 5;
  for (let code = byte(bytes, 3); code <= byte(bytes, 4); code++) {
    const columns = byte(bytes, at);
    const end = at + 1 + rows * columns;
    const drawn = columns > 0 ? fromColumns(columns, rows, bytes.subarray(at + 1, end)) : undefined;
    printer.settings.user.define(printer.settings.font, code, drawn);
    at = end;
  }
}

export const obeyGraphics: Readonly<Record<string, Obey>> = {
  'ESC &': defineCharacters,
  'ESC %': (printer, bytes) => {
    printer.settings.user.isOn = (byte(bytes, 2) & 1) === 1;
  },
  'ESC ?': (printer, bytes) => printer.settings.user.define(printer.settings.font, byte(bytes, 2), undefined),
  'FS 2': (printer, bytes) =>
    printer.settings.user.defineDouble(byte(bytes, 2), byte(bytes, 3), fromColumns(24, 3, bytes.subarray(4))),
  'FS ?': (printer, bytes) => printer.settings.user.defineDouble(byte(bytes, 2), byte(bytes, 3), undefined),
  'ESC *': (printer, bytes) => {
    const [sx, sy, bytesPerColumn] = COLUMN_MODES[byte(bytes, 2)] ?? [1, 1, 3];
    const picture = fromColumns(le16(bytes, 3), bytesPerColumn, bytes.subarray(5));
    if (picture.width > 0) printer.inline(item(printer, picture, sx, sy));
  },
  'GS v': (printer, bytes) => {
    const [sx, sy] = enlarged(byte(bytes, 3));
    const [width, height] = [le16(bytes, 4) * 8, le16(bytes, 6)];
    if (width * height === 0) return;
    printer.block(item(printer, fromRows(width, height, bytes.subarray(8)), sx, sy));
    printer.rasterJustPrinted = height * sy;
  },
  'DC2 *': (printer, bytes) => {
    const [height, width] = [byte(bytes, 2), byte(bytes, 3) * 8];
    printer.block(item(printer, fromRows(width, height, bytes.subarray(4))));
  },
  'GS Q': (printer, bytes) => {
    const [sx, sy] = enlarged(byte(bytes, 3));
    const [width, height] = [le16(bytes, 4), le16(bytes, 6)];
    if (width * height === 0) return;
    printer.block(item(printer, fromColumns(width, height, bytes.subarray(8)), sx, sy));
  },
  'GS *': (printer, bytes) => {
    const [columns, rows] = [byte(bytes, 2), byte(bytes, 3)];
    if (columns * rows > 0) keep(printer, 'download', fromColumns(columns * 8, rows, bytes.subarray(4)));
  },
  'GS /': (printer, bytes, offset) => {
    const [sx, sy] = enlarged(byte(bytes, 2));
    printer.fromMemory('download', (picture) => item(printer, picture, sx, sy), offset, bytes);
  },
  'FS q': (printer, bytes) => {
    // Defining replaces all pictures of this kind.
    for (const name of printer.pictures.keys()) if (/^NV \d+$/.test(name)) printer.pictures.delete(name);
    let at = 3;
    for (let n = 1; n <= byte(bytes, 2); n++) {
      const [columns, rows] = [le16(bytes, at), le16(bytes, at + 2)];
      const end = at + 4 + columns * rows * 8;
      if (columns * rows > 0)
        keep(printer, `NV ${n}`, fromColumns(columns * 8, rows, bytes.subarray(at + 4, end)));
      at = end;
    }
  },
  'FS p': (printer, bytes, offset) => {
    const [sx, sy] = enlarged(byte(bytes, 3));
    printer.fromMemory(`NV ${byte(bytes, 2)}`, (picture) => item(printer, picture, sx, sy), offset, bytes);
  },
  'GS ( L': (printer, bytes, offset) => graphics(printer, bytes, offset, 5),
  'GS 8 L': (printer, bytes, offset) => graphics(printer, bytes, offset, 7),
};
