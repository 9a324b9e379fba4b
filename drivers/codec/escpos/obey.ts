import { obeyCompatibleSymbols } from './compatible-symbols.ts';
import { obeyGraphics } from './graphics.ts';
import type { Printer } from './printer.ts';
import { obeySymbols } from './symbols.ts';

/** What one command does. `bytes` is the whole command, `offset` its place in the stream. */
export type Obey = (printer: Printer, bytes: Uint8Array, offset: number) => void;

const le16 = (bytes: Uint8Array, at: number) => (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256;
const signed16 = (bytes: Uint8Array, at: number) => (le16(bytes, at) << 16) >> 16;
const byte = (bytes: Uint8Array, at = 2) => bytes[at] ?? 0;
/** On-off parameters: only the lowest bit counts. */
const on = (bytes: Uint8Array) => (byte(bytes) & 1) === 1;
/** Choices that may be written as a number or as its digit: 1 or `1`. */
const choice = (bytes: Uint8Array, at = 2) => {
  const value = byte(bytes, at);
  return value >= 0x30 && value <= 0x39 ? value - 0x30 : value;
};

const wide =
  (scale: 1 | 2): Obey =>
  (printer) => {
    for (const face of [printer.settings.latin, printer.settings.double]) face.scaleX = scale;
  };
const inFont =
  (font: 0 | 1): Obey =>
  (printer) => {
    printer.settings.font = font;
  };
const justify: Obey = (printer, bytes) => {
  const align = choice(bytes);
  if (align === 0 || align === 1 || align === 2) printer.settings.align = align;
};

const TEXT: Readonly<Record<string, Obey>> = {
  'ESC @': (printer) => printer.initialize(),
  'ESC !': (printer, bytes) => {
    const modes = byte(bytes);
    printer.settings.font = modes & 1;
    printer.settings.bold = (modes & 8) !== 0;
    printer.settings.latin.scaleY = modes & 16 ? 2 : 1;
    printer.settings.latin.scaleX = modes & 32 ? 2 : 1;
    printer.settings.latin.underline = (modes & 128) !== 0;
  },
  'FS !': (printer, bytes) => {
    const modes = byte(bytes);
    printer.settings.double.scaleX = modes & 4 ? 2 : 1;
    printer.settings.double.scaleY = modes & 8 ? 2 : 1;
    printer.settings.double.underline = (modes & 128) !== 0;
  },
  'FS W': (printer, bytes) => {
    printer.settings.double.scaleX = printer.settings.double.scaleY = on(bytes) ? 2 : 1;
  },
  'GS !': (printer, bytes) => {
    for (const face of [printer.settings.latin, printer.settings.double]) {
      face.scaleX = ((byte(bytes) >> 4) & 7) + 1;
      face.scaleY = (byte(bytes) & 7) + 1;
    }
  },
  SO: wide(2),
  'ESC SO': wide(2),
  DC4: wide(1),
  'ESC DC4': wide(1),
  SI: inFont(1),
  'ESC SI': inFont(1),
  DC2: inFont(0),
  'ESC DC2': inFont(0),
  'ESC w': (printer, bytes) => {
    for (const face of [printer.settings.latin, printer.settings.double]) face.scaleY = on(bytes) ? 2 : 1;
  },
  'ESC -': (printer, bytes) => {
    printer.settings.latin.underline = choice(bytes) > 0;
  },
  'FS -': (printer, bytes) => {
    printer.settings.double.underline = choice(bytes) > 0;
  },
  'ESC E': (printer, bytes) => {
    printer.settings.bold = on(bytes);
  },
  'ESC G': (printer, bytes) => {
    printer.settings.doubleStrike = on(bytes);
  },
  'ESC M': (printer, bytes) => {
    const font = choice(bytes);
    // The special fonts a and b (97, 98) have the cells of A and B.
    printer.settings.font = font <= 4 ? font : font === 97 ? 0 : font === 98 ? 1 : printer.settings.font;
  },
  'ESC V': (printer, bytes) => {
    printer.settings.sideways = choice(bytes) > 0;
  },
  'ESC {': (printer, bytes) => {
    // Takes effect at the beginning of a line only.
    if (printer.pen === 0 && !printer.inPage) printer.settings.upsideDown = on(bytes);
  },
  'GS B': (printer, bytes) => {
    printer.settings.inverse = on(bytes);
  },
  'ESC SP': (printer, bytes) => {
    printer.settings.latin.behind = Math.round(byte(bytes) * printer.settings.unitX);
  },
  'FS S': (printer, bytes) => {
    printer.settings.double.before = Math.round(byte(bytes) * printer.settings.unitX);
    printer.settings.double.behind = Math.round(byte(bytes, 3) * printer.settings.unitX);
  },
  'ESC t': (printer, bytes) => printer.selectCodePage(byte(bytes)),
  'ESC R': (printer, bytes) => {
    printer.settings.text.country = byte(bytes);
  },
  'FS &': (printer) => printer.switchMultiByte(true),
  'FS .': (printer) => printer.switchMultiByte(false),
  'FS C': (printer, bytes) => printer.selectCodeSystem(choice(bytes)),
  'FS (': (printer, bytes) => {
    // FS ( C 48: one-byte characters or UTF-8.
    if (byte(bytes) === 0x43 && byte(bytes, 5) === 48) printer.selectUtf8(choice(bytes, 6) === 2);
  },
  'ESC r': (printer, bytes) => {
    printer.settings.red = choice(bytes) === 1;
  },
  'ESC =': (printer, bytes) => {
    printer.settings.selected = on(bytes);
  },
};

const LAYOUT: Readonly<Record<string, Obey>> = {
  CR: (printer) => {
    if (printer.options.autoLineFeed) printer.feedLine();
    // Printers with a ribbon strike a line once in each colour, with the carriage back at its beginning in between.
    else if (printer.settings.red) printer.moveTo(0);
  },
  HT: (printer) => {
    const stops = printer.settings.tabs.length > 0 ? printer.settings.tabs : DEFAULT_TABS;
    const next = stops.find((stop) => stop > printer.pen);
    if (next !== undefined) printer.moveTo(next);
  },
  FF: (printer, bytes, offset) => {
    if (printer.inPage) printer.printPage(false, offset, bytes);
    else if (printer.pen > 0) printer.feedLine();
  },
  CAN: (printer) => printer.clearPage(),
  'ESC D': (printer, bytes) => {
    const columns = [...bytes.subarray(2)].filter((column) => column > 0);
    printer.settings.tabs = columns.map((column) => column * printer.cellWidth);
  },
  'ESC a': justify,
  'ESC j': justify,
  'ESC 2': (printer) => printer.setLineSpacing(undefined),
  'ESC 3': (printer, bytes) => printer.setLineSpacing(byte(bytes) * printer.settings.unitY),
  'ESC A': (printer, bytes) => printer.setLineSpacing((byte(bytes) * printer.dpi) / 60),
  'ESC +': (printer, bytes) => printer.setLineSpacing((byte(bytes) * printer.dpi) / 360),
  'ESC d': (printer, bytes) => printer.feed(byte(bytes) * printer.settings.lineSpacing),
  'ESC J': (printer, bytes) => {
    const dots = Math.round(byte(bytes) * printer.settings.unitY);
    // On many printers `GS v 0` only fills the buffer, and senders feed by its height to print it.
    if (dots !== printer.rasterJustPrinted) printer.feed(dots);
  },
  'ESC e': (printer, bytes) => printer.feed(-byte(bytes) * printer.settings.lineSpacing),
  'ESC K': (printer, bytes) => printer.feed(-Math.round(byte(bytes) * printer.settings.unitY)),
  'ESC $': (printer, bytes) => printer.moveTo(Math.round(le16(bytes, 2) * printer.settings.unitX)),
  'ESC \\': (printer, bytes) =>
    printer.moveTo(printer.pen + Math.round(signed16(bytes, 2) * printer.settings.unitX)),
  'GS L': (printer, bytes) => {
    const margin = Math.round(le16(bytes, 2) * printer.settings.unitX);
    if (printer.pen === 0 && margin < printer.options.width) printer.settings.leftMargin = margin;
  },
  'GS W': (printer, bytes) => {
    const width = Math.round(le16(bytes, 2) * printer.settings.unitX);
    if (printer.pen === 0 && width > 0) printer.settings.areaWidth = width;
  },
  'GS P': (printer, bytes) => {
    printer.settings.unitX = byte(bytes) === 0 ? 1 : printer.dpi / byte(bytes);
    printer.settings.unitY = byte(bytes, 3) === 0 ? 1 : printer.dpi / byte(bytes, 3);
  },
  'GS T': (printer, bytes) => {
    if (choice(bytes) === 1 && printer.pen > 0) printer.feedLine();
    else printer.clearLine();
  },
  'ESC L': (printer) => printer.beginPage(),
  'ESC S': (printer) => printer.endPage(),
  'ESC FF': (printer, bytes, offset) => printer.printPage(true, offset, bytes),
  'ESC T': (printer, bytes) => {
    const direction = choice(bytes);
    if (direction === 0 || direction === 1 || direction === 2 || direction === 3)
      printer.setDirection(direction);
  },
  'ESC W': (printer, bytes) => {
    const horizontal = (at: number) => Math.round(le16(bytes, at) * printer.settings.unitX);
    const vertical = (at: number) => Math.round(le16(bytes, at) * printer.settings.unitY);
    printer.setArea(horizontal(2), vertical(4), horizontal(6), vertical(8));
  },
  'GS $': (printer, bytes) => printer.moveDown(Math.round(le16(bytes, 2) * printer.settings.unitY), false),
  'GS \\': (printer, bytes) =>
    printer.moveDown(Math.round(signed16(bytes, 2) * printer.settings.unitY), true),
  'GS V': (printer, bytes) => {
    if (!printer.inPage && printer.pen > 0) printer.feedLine();
    if (bytes.length > 3) printer.feed(Math.round(byte(bytes, 3) * printer.settings.unitY));
  },
};

/** Every eighth Latin column of font A. */
const DEFAULT_TABS: readonly number[] = Array.from({ length: 32 }, (_, i) => (i + 1) * 8 * 12);

/** Commands after which text may be set otherwise: those of text, and those that begin or end a page. */
const SETS_TYPE: ReadonlySet<string> = new Set([...Object.keys(TEXT), 'ESC L', 'ESC S', 'FF', 'CAN']);

const OBEY = new Map(
  Object.entries({ ...TEXT, ...LAYOUT, ...obeyGraphics, ...obeySymbols, ...obeyCompatibleSymbols }).map(
    ([id, does]) => [id, { does, setsType: SETS_TYPE.has(id) }],
  ),
);

/** Commands that end a receipt. */
export const CUTS: ReadonlySet<string> = new Set(['GS V', 'ESC i', 'ESC m']);

/** `LF`, of which receipts are full. */
export function obeyLineFeed(printer: Printer): void {
  if (!printer.settings.selected) return;
  printer.endText();
  printer.feedLine();
  printer.rasterJustPrinted = undefined;
}

/** Does what the command says, as far as it can be seen on paper; all other commands do nothing to it. */
export function obey(printer: Printer, id: string, bytes: Uint8Array, offset: number): void {
  if (id === 'LF') {
    obeyLineFeed(printer);
    return;
  }
  if (!printer.settings.selected && id !== 'ESC =') return;
  printer.endText();
  const known = OBEY.get(id);
  known?.does(printer, bytes, offset);
  if (known?.setsType) printer.settingsChanged();
  if (id !== 'GS v') printer.rasterJustPrinted = undefined;
}
