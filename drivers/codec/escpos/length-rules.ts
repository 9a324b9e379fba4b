/**
 * Tells the total length of a command from the bytes that are there so far (at least the command's own prefix).
 * A result greater than `bytes.length` is a lower bound: ask again when that many bytes are there. 0: the bytes are no
 * such command after all.
 */
export interface LengthRule {
  (bytes: Uint8Array): number;
  /** The command always has this length; its bytes need not be looked at. */
  readonly always?: number;
}

export const at = (bytes: Uint8Array, index: number) => bytes[index] ?? 0;
export const le16 = (bytes: Uint8Array, index: number) => at(bytes, index) + at(bytes, index + 1) * 256;
const le32 = (bytes: Uint8Array, index: number) => le16(bytes, index) + le16(bytes, index + 2) * 65_536;
const isOneOf = (byte: number, codes: string) => codes.includes(String.fromCharCode(byte));

const isLetter = (byte: number) => /[A-Za-z]/.test(String.fromCharCode(byte));

/** A rule that needs `header` bytes before it can say more. */
export const after =
  (header: number, rule: LengthRule): LengthRule =>
  (bytes) =>
    bytes.length < header ? header : rule(bytes);

export const fixed = (total: number): LengthRule => Object.assign(() => total, { always: total });

/** Compatible printers let a switch follow, 0 or 1, where printers with ESC/P in them have a command without parameters. */
export const maybeSwitch: LengthRule = after(3, (bytes) => (at(bytes, 2) <= 1 ? 3 : 2));

/** Length by the value of byte 2; values that are not listed are no command. */
export const byFunction = (lengths: Readonly<Record<number, number | LengthRule>>): LengthRule =>
  after(3, (bytes) => {
    const length = lengths[at(bytes, 2)] ?? 0;
    return typeof length === 'number' ? length : length(bytes);
  });

/** `x pL pH` and that many bytes; x is a letter. */
export const extended: LengthRule = after(3, (b) => {
  if (!isLetter(at(b, 2))) return 0;
  return b.length < 5 ? 5 : 5 + le16(b, 3);
});

/** `x p1 p2 p3 p4` and that many bytes. */
export const extendedLong: LengthRule = after(3, (b) => {
  if (!isLetter(at(b, 2))) return 0;
  return b.length < 7 ? 7 : 7 + le32(b, 3);
});

const BYTES_PER_COLUMN: Readonly<Record<number, number>> = { 0: 1, 1: 1, 32: 3, 33: 3 };

/** `m nL nH` and n columns of one byte (8 dots) or three (24 dots). */
export const columnImage: LengthRule = after(3, (b) => {
  const bytesPerColumn = BYTES_PER_COLUMN[at(b, 2)];
  if (bytesPerColumn === undefined) return 0;
  return b.length < 5 ? 5 : 5 + bytesPerColumn * le16(b, 3);
});

/** `0 m xL xH yL yH` and x * y bytes. */
export const rasterImage: LengthRule = after(3, (b) => {
  if (at(b, 2) !== 0x30) return 0;
  return b.length < 8 ? 8 : 8 + le16(b, 4) * le16(b, 6);
});

/** Tab stops end with NUL, with the 32nd stop, or before a stop that is not to the right of the last one. */
export const tabStops: LengthRule = (b) => {
  for (let i = 2; i < 34; i++) {
    if (i >= b.length) return i + 1;
    if (at(b, i) === 0) return i + 1;
    if (i > 2 && at(b, i) <= at(b, i - 1)) return i;
  }
  return 34;
};

/** `y c1 c2`, then for each code a width x and x * y bytes. */
export const userCharacters: LengthRule = after(5, (b) => {
  const rows = at(b, 2);
  const first = at(b, 3);
  const last = at(b, 4);
  if (rows < 1 || rows > 4 || first < 0x20 || last > 0x7e || last < first) return 0;
  let end = 5;
  for (let code = first; code <= last; code++) {
    if (end >= b.length) return end + 1;
    end += 1 + rows * at(b, end);
  }
  return end;
});

/** `n`, then for each picture xL xH yL yH and x * y * 8 bytes. */
export const nvImages: LengthRule = after(3, (b) => {
  if (at(b, 2) === 0) return 0;
  let end = 3;
  for (let i = 0; i < at(b, 2); i++) {
    if (end + 4 > b.length) return end + 4;
    end += 4 + le16(b, end) * le16(b, end + 2) * 8;
  }
  return end;
});

/** The longest data that a barcode ended by NUL may have; anything longer is not a barcode but a lost NUL. */
const BARCODE_MAX = 255;
/** The same for a two-dimensional symbol. */
const SYMBOL_MAX = 1024;

/** The widest picture of a panel printer, bytes. */
const PANEL_BYTES_MAX = 48;

/** `r n` and r rows of n bytes. A row of asterisks behind DC2 is text. */
export const panelImage: LengthRule = after(4, (b) => {
  const [rows, bytes] = [at(b, 2), at(b, 3)];
  const isText = rows === 0x2a && bytes === 0x2a;
  return rows === 0 || bytes === 0 || bytes > PANEL_BYTES_MAX || isText ? 0 : 4 + rows * bytes;
});

/** `q n`, a small number. Behind a DC2 that ends narrow characters `qu` is text. */
export const responseRequest: LengthRule = after(3, (b) => (at(b, 2) < 0x20 ? 3 : 0));

/**
 * `m d… NUL` for m 0 to 6; `m n d…` for m 65 to 79. Compatible printers have two-dimensional symbols besides: `m v r d… NUL`
 * for m 32 to 34, `m v r nL nH d…` for m 97 to 99; QR codes also as `m d… NUL` for m 11, and `m e s v c nL nH d…` for m 81.
 */
export const barcode: LengthRule = after(3, (b) => {
  const symbology = at(b, 2);
  if (symbology >= 65 && symbology <= 79) return b.length < 4 ? 4 : 4 + at(b, 3);
  if (symbology >= 97 && symbology <= 99) return b.length < 7 ? 7 : 7 + le16(b, 5);
  if (symbology === 81) return b.length < 9 ? 9 : 9 + le16(b, 7);
  const isSymbol = symbology >= 32 && symbology <= 34;
  if (symbology > 6 && symbology !== 11 && !isSymbol) return 0;
  const from = isSymbol ? 5 : 3;
  const max = isSymbol || symbology === 11 ? SYMBOL_MAX : BARCODE_MAX;
  const data = b.subarray(from, from + max + 1);
  const end = data.indexOf(0);
  if (end >= 0) return from + end + 1;
  return data.length > max ? 0 : Math.max(from, b.length) + 1;
});

/** `v r k nL nH` and that many bytes. */
export const compatibleSymbol: LengthRule = after(7, (b) => 7 + le16(b, 5));

/** Five decimal numbers, each ended by `;`. A byte that is neither ends the command before it. */
export const counterText: LengthRule = (b) => {
  let separators = 0;
  for (let i = 3; i < 40; i++) {
    if (i >= b.length) return i + 1;
    if (at(b, i) === 0x3b) separators++;
    else if (!isOneOf(at(b, i), '0123456789')) return i;
    if (separators === 5) return i + 1;
  }
  return 0;
};

/** A Windows bitmap inside `GS D m fn a kc1 kc2 b c`: its own header says how long it is. */
export const windowsBitmap: LengthRule = after(15, (b) =>
  at(b, 2) === 0x30 && isOneOf(at(b, 3), 'CS') && at(b, 9) === 0x42 && at(b, 10) === 0x4d
    ? 9 + le32(b, 11)
    : 0,
);
