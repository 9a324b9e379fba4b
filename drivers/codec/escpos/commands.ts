/**
 * Every command of the TM printer family as data: what it is called and how long it is. With it a decoder finds the end
 * of commands that it does not obey, so that nothing behind them is lost. Source: the public command reference of the
 * family (TM series, standard and page mode, slip and cheque stations, graphics, two-dimensional symbols), plus the few
 * commands that common encoders send to compatible printers.
 */

/**
 * Tells the total length of a command from the bytes that are there so far (at least the command's own prefix).
 * A result greater than `bytes.length` is a lower bound: ask again when that many bytes are there. 0: the bytes are no
 * such command after all.
 */
export type LengthRule = (bytes: Uint8Array) => number;

export interface Command {
  /** As the reference writes it, e.g. `GS ( k`. */
  readonly id: string;
  readonly title: string;
  readonly length: LengthRule;
  /** The printer answers it, or changes what it reports by itself. */
  readonly asks: boolean;
}

const at = (bytes: Uint8Array, index: number) => bytes[index] ?? 0;
const le16 = (bytes: Uint8Array, index: number) => at(bytes, index) + at(bytes, index + 1) * 256;
const le32 = (bytes: Uint8Array, index: number) => le16(bytes, index) + le16(bytes, index + 2) * 65_536;
const isOneOf = (byte: number, codes: string) => codes.includes(String.fromCharCode(byte));

const isLetter = (byte: number) => /[A-Za-z]/.test(String.fromCharCode(byte));

/** A rule that needs `header` bytes before it can say more. */
const after =
  (header: number, rule: LengthRule): LengthRule =>
  (bytes) =>
    bytes.length < header ? header : rule(bytes);

const fixed =
  (total: number): LengthRule =>
  () =>
    total;

/** Length by the value of byte 2; values that are not listed are no command. */
const byFunction = (lengths: Readonly<Record<number, number | LengthRule>>): LengthRule =>
  after(3, (bytes) => {
    const length = lengths[at(bytes, 2)] ?? 0;
    return typeof length === 'number' ? length : length(bytes);
  });

/** `x pL pH` and that many bytes; x is a letter. */
const extended: LengthRule = after(3, (b) => {
  if (!isLetter(at(b, 2))) return 0;
  return b.length < 5 ? 5 : 5 + le16(b, 3);
});

/** `x p1 p2 p3 p4` and that many bytes. */
const extendedLong: LengthRule = after(3, (b) => {
  if (!isLetter(at(b, 2))) return 0;
  return b.length < 7 ? 7 : 7 + le32(b, 3);
});

const BYTES_PER_COLUMN: Readonly<Record<number, number>> = { 0: 1, 1: 1, 32: 3, 33: 3 };

/** `m nL nH` and n columns of one byte (8 dots) or three (24 dots). */
const columnImage: LengthRule = after(3, (b) => {
  const bytesPerColumn = BYTES_PER_COLUMN[at(b, 2)];
  if (bytesPerColumn === undefined) return 0;
  return b.length < 5 ? 5 : 5 + bytesPerColumn * le16(b, 3);
});

/** `0 m xL xH yL yH` and x * y bytes. */
const rasterImage: LengthRule = after(3, (b) => {
  if (at(b, 2) !== 0x30) return 0;
  return b.length < 8 ? 8 : 8 + le16(b, 4) * le16(b, 6);
});

/** Tab stops end with NUL, with the 32nd stop, or before a stop that is not to the right of the last one. */
const tabStops: LengthRule = (b) => {
  for (let i = 2; i < 34; i++) {
    if (i >= b.length) return i + 1;
    if (at(b, i) === 0) return i + 1;
    if (i > 2 && at(b, i) <= at(b, i - 1)) return i;
  }
  return 34;
};

/** `y c1 c2`, then for each code a width x and x * y bytes. */
const userCharacters: LengthRule = after(5, (b) => {
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
const nvImages: LengthRule = after(3, (b) => {
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

/** `m d… NUL` for m 0 to 6; `m n d…` for m 65 to 79. */
const barcode: LengthRule = after(3, (b) => {
  const symbology = at(b, 2);
  if (symbology >= 65 && symbology <= 79) return b.length < 4 ? 4 : 4 + at(b, 3);
  if (symbology > 6) return 0;
  const data = b.subarray(3, 3 + BARCODE_MAX + 1);
  const end = data.indexOf(0);
  if (end >= 0) return 3 + end + 1;
  return data.length > BARCODE_MAX ? 0 : b.length + 1;
});

/** Five decimal numbers, each ended by `;`. A byte that is neither ends the command before it. */
const counterText: LengthRule = (b) => {
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
const windowsBitmap: LengthRule = after(15, (b) =>
  at(b, 2) === 0x30 && isOneOf(at(b, 3), 'CS') && at(b, 9) === 0x42 && at(b, 10) === 0x4d
    ? 9 + le32(b, 11)
    : 0,
);

type Row = readonly [id: string, title: string, length: LengthRule, asks?: 'asks'];

// biome-ignore format: one row a line
const CONTROLS: readonly Row[] = [
  ['NUL', 'nothing', fixed(1)],
  ['HT', 'next tab stop', fixed(1)],
  ['LF', 'print and feed a line', fixed(1)],
  ['FF', 'print the page or form', fixed(1)],
  ['CR', 'carriage return', fixed(1)],
  ['CAN', 'clear the page', fixed(1)],
  ['DLE EOT', 'transmit real-time status', byFunction({ 0: 4, 1: 3, 2: 3, 3: 3, 4: 3, 5: 3, 6: 3, 7: 4, 8: 4, 18: 4 }), 'asks'],
  ['DLE ENQ', 'real-time request to recover', fixed(3), 'asks'],
  ['DLE DC4', 'real-time pulse, power-off, buzzer, status, clear buffer', byFunction({ 1: 5, 2: 5, 3: 8, 6: 5, 7: 4, 8: 10 })],
];

const ESC: readonly Row[] = [
  ['ESC FF', 'print the page and keep it', fixed(2)],
  ['ESC SP', 'character spacing', fixed(3)],
  ['ESC !', 'print modes', fixed(3)],
  ['ESC $', 'absolute position', fixed(4)],
  ['ESC %', 'user-defined characters on or off', fixed(3)],
  ['ESC &', 'define characters', userCharacters],
  ['ESC (', 'extended function', extended],
  ['ESC *', 'bit image', columnImage],
  ['ESC +', 'line spacing in 1/360 inch', fixed(3)],
  ['ESC -', 'underline', fixed(3)],
  ['ESC 2', 'default line spacing', fixed(2)],
  ['ESC 3', 'line spacing', fixed(3)],
  ['ESC 4', 'italics on', fixed(2)],
  ['ESC 5', 'italics off', fixed(2)],
  ['ESC <', 'return home', fixed(2)],
  ['ESC =', 'select peripheral', fixed(3)],
  ['ESC ?', 'cancel user-defined character', fixed(3)],
  ['ESC @', 'initialize', fixed(2)],
  ['ESC A', 'line spacing in 1/60 inch', fixed(3)],
  ['ESC B', 'beep', fixed(4)],
  ['ESC C', 'sheet eject length', fixed(3)],
  ['ESC D', 'tab stops', tabStops],
  ['ESC E', 'bold', fixed(3)],
  ['ESC F', 'sheet reverse eject', fixed(3)],
  ['ESC G', 'double strike', fixed(3)],
  ['ESC J', 'print and feed', fixed(3)],
  ['ESC K', 'print and feed back', fixed(3)],
  ['ESC L', 'page mode', fixed(2)],
  ['ESC M', 'font', fixed(3)],
  ['ESC R', 'international characters', fixed(3)],
  ['ESC S', 'standard mode', fixed(2)],
  ['ESC T', 'print direction in page mode', fixed(3)],
  ['ESC U', 'unidirectional print', fixed(3)],
  ['ESC V', 'turn characters by 90 degrees', fixed(3)],
  ['ESC W', 'print area in page mode', fixed(10)],
  ['ESC \\', 'relative position', fixed(4)],
  ['ESC a', 'justification', fixed(3)],
  ['ESC c', 'paper sensors and panel buttons', byFunction({ 48: 4, 49: 4, 51: 4, 52: 4, 53: 4 })],
  ['ESC d', 'print and feed lines', fixed(3)],
  ['ESC e', 'print and feed back lines', fixed(3)],
  ['ESC f', 'sheet waiting time', fixed(4)],
  ['ESC i', 'partial cut, one point', fixed(2)],
  ['ESC m', 'partial cut, three points', fixed(2)],
  ['ESC p', 'drawer pulse', fixed(5)],
  ['ESC q', 'release paper', fixed(2)],
  ['ESC r', 'print colour', fixed(3)],
  ['ESC t', 'code page', fixed(3)],
  ['ESC u', 'transmit peripheral status', fixed(3), 'asks'],
  ['ESC v', 'transmit paper sensor status', fixed(2), 'asks'],
  ['ESC {', 'upside-down', fixed(3)],
];

const FS: readonly Row[] = [
  ['FS !', 'print modes of double-byte characters', fixed(3)],
  ['FS &', 'double-byte characters on', fixed(2)],
  ['FS (', 'extended function', extended],
  ['FS -', 'underline of double-byte characters', fixed(3)],
  ['FS .', 'double-byte characters off', fixed(2)],
  ['FS 2', 'define a double-byte character', fixed(76)],
  ['FS ?', 'cancel a user-defined double-byte character', fixed(4)],
  ['FS C', 'code system of double-byte characters', fixed(3)],
  ['FS L', 'double-density page mode', fixed(2)],
  ['FS S', 'spacing of double-byte characters', fixed(4)],
  ['FS W', 'quadruple size of double-byte characters', fixed(3)],
  ['FS a', 'cheque paper', byFunction({ 48: 4, 49: 3, 50: 3 })],
  ['FS b', 'transmit cheque reading', fixed(2), 'asks'],
  ['FS c', 'clean the cheque reader', fixed(2)],
  ['FS g', 'user memory', byFunction({ 49: after(10, (b) => 10 + le16(b, 8)), 50: 10 })],
  ['FS p', 'print a picture of the non-volatile memory', fixed(4)],
  ['FS q', 'define pictures of the non-volatile memory', nvImages],
];

const GS: readonly Row[] = [
  ['GS !', 'character size', fixed(3)],
  ['GS #', 'select a picture', fixed(3)],
  ['GS $', 'absolute vertical position in page mode', fixed(4)],
  ['GS (', 'extended function', extended],
  ['GS ( H', 'request a response', extended, 'asks'],
  ['GS ( L', 'graphics', extended],
  ['GS ( k', 'two-dimensional symbol', extended],
  ['GS *', 'define the downloaded picture', after(4, (b) => 4 + at(b, 2) * at(b, 3) * 8)],
  ['GS /', 'print the downloaded picture', fixed(3)],
  ['GS 8', 'extended function, long', extendedLong],
  ['GS 8 L', 'graphics, long', extendedLong],
  ['GS :', 'begin or end a macro', fixed(2)],
  ['GS A', 'adjust position', fixed(4)],
  ['GS B', 'white on black', fixed(3)],
  ['GS C', 'counter', byFunction({ 48: 5, 49: 9, 50: 5, 59: counterText })],
  ['GS D', 'define a Windows bitmap', windowsBitmap],
  ['GS E', 'print head control', fixed(3)],
  ['GS H', 'text at barcodes', fixed(3)],
  ['GS I', 'transmit printer identity', fixed(3), 'asks'],
  ['GS L', 'left margin', fixed(4)],
  ['GS P', 'motion units', fixed(4)],
  ['GS Q', 'variable vertical size bit image', rasterImage],
  ['GS T', 'go to the beginning of the line', fixed(3)],
  ['GS V', 'cut', byFunction({ 0: 3, 1: 3, 48: 3, 49: 3, 65: 4, 66: 4, 97: 4, 98: 4, 103: 4, 104: 4 })],
  ['GS W', 'print area width', fixed(4)],
  ['GS \\', 'relative vertical position in page mode', fixed(4)],
  ['GS ^', 'execute the macro', fixed(5)],
  ['GS a', 'automatic status back', fixed(3), 'asks'],
  ['GS b', 'smoothing', fixed(3)],
  ['GS c', 'print the counter', fixed(2)],
  ['GS f', 'font of text at barcodes', fixed(3)],
  ['GS g', 'maintenance counter', byFunction({ 48: 6, 50: 6 })],
  ['GS h', 'barcode height', fixed(3)],
  ['GS j', 'automatic ink status back', fixed(3), 'asks'],
  ['GS k', 'barcode', barcode],
  ['GS r', 'transmit status', fixed(3), 'asks'],
  ['GS v', 'raster bit image', rasterImage],
  ['GS w', 'barcode module width', fixed(3)],
  ['GS z', 'waiting time for recovery', fixed(5)],
];

// biome-ignore format: a table
const NAMED_BYTES: Readonly<Record<string, number>> = {
  NUL: 0x00, EOT: 0x04, ENQ: 0x05, HT: 0x09, LF: 0x0a, FF: 0x0c, CR: 0x0d, DLE: 0x10, DC4: 0x14, CAN: 0x18,
  ESC: 0x1b, FS: 0x1c, GS: 0x1d, SP: 0x20,
};

export const COMMANDS: readonly Command[] = [...CONTROLS, ...ESC, ...FS, ...GS].map(
  ([id, title, length, asks]) => ({
    id,
    title,
    length,
    asks: asks !== undefined,
  }),
);

/** The bytes that a command begins with. */
export const prefixOf = (id: string): readonly number[] =>
  id.split(' ').map((name) => NAMED_BYTES[name] ?? name.charCodeAt(0));

interface Node {
  readonly next: Map<number, Node>;
  command?: Command;
}

const ROOT: Node = { next: new Map() };
for (const command of COMMANDS) {
  let node = ROOT;
  for (const byte of prefixOf(command.id)) {
    let child = node.next.get(byte);
    if (!child) {
      child = { next: new Map() };
      node.next.set(byte, child);
    }
    node = child;
  }
  node.command = command;
}

/** What the bytes from the start of a control byte turn out to be. */
export type Recognition =
  | { readonly state: 'command'; readonly command: Command; readonly length: number }
  /** `length` bytes are needed to say more. */
  | { readonly state: 'incomplete'; readonly length: number }
  /** So many bytes are explained by nothing; what follows them starts anew. */
  | { readonly state: 'unknown'; readonly length: number };

/** Recognises the command at the start of `bytes`, whose first byte is a control byte (below 0x20). */
export function recognise(bytes: Uint8Array): Recognition {
  let node = ROOT;
  let command: Command | undefined;
  let depth = 0;
  while (depth < bytes.length) {
    const child = node.next.get(at(bytes, depth));
    if (!child) break;
    node = child;
    depth++;
    command = node.command ?? command;
  }
  // Only deeper prefixes could still decide between commands: wait for the byte that does.
  if (depth === bytes.length && node.next.size > 0) return { state: 'incomplete', length: depth + 1 };
  if (!command) return { state: 'unknown', length: unknownLength(bytes) };
  const length = command.length(bytes);
  if (length === 0) return { state: 'unknown', length: unknownLength(bytes) };
  return length > bytes.length ? { state: 'incomplete', length } : { state: 'command', command, length };
}

/** An introducer with a letter that means nothing is thrown away as a pair, as the printers do; else just one byte. */
function unknownLength(bytes: Uint8Array): number {
  const second = at(bytes, 1);
  return ROOT.next.has(at(bytes, 0)) && bytes.length > 1 && second > 0x20 && second < 0x7f ? 2 : 1;
}
