/** One font of the printer: equally large cells of dots. */
export interface FontTable {
  /** Dots of a cell. */
  readonly width: number;
  readonly height: number;
  /** Code points that it has, ascending. */
  readonly points: Uint32Array;
  /** The cells in that order: `height` rows of ceil(width / 8) bytes, most significant bit left, 1 = black. */
  readonly bits: Uint8Array;
}

export const bytesOfCell = ({ width, height }: Pick<FontTable, 'width' | 'height'>): number =>
  Math.ceil(width / 8) * height;

/** Fonts as they are kept in `glyphs.bin` (which is compressed besides). All numbers are 32 bits, low byte first. */
export function encodeFonts(tables: readonly FontTable[]): Uint8Array {
  const word = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
  return Buffer.concat([
    word(tables.length),
    ...tables.flatMap(({ width, height, points, bits }) => [
      word(width),
      word(height),
      word(points.length),
      ...Array.from(points, word),
      bits,
    ]),
  ]);
}

/** Errors: a RangeError for bytes that `encodeFonts` did not make. */
export function decodeFonts(bytes: Uint8Array): FontTable[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const word = () => {
    at += 4;
    return view.getUint32(at - 4, true);
  };
  return Array.from({ length: word() }, () => {
    const [width, height, count] = [word(), word(), word()];
    const points = Uint32Array.from({ length: count }, word);
    const size = bytesOfCell({ width, height }) * count;
    const bits = bytes.subarray(at, at + size);
    if (bits.length < size) throw new RangeError('the fonts end too early');
    at += size;
    return { width, height, points, bits };
  });
}
