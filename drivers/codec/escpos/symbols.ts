import type { Obey } from './obey.ts';
import type { Printer } from './printer.ts';
import { qrModules } from './qr-size.ts';
import type { SymbolSettings } from './settings.ts';
import { barcodeItem } from './sheet.ts';

const byte = (bytes: Uint8Array, at: number) => bytes[at] ?? 0;
const latin = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/** The longest data a two-dimensional symbol can hold (QR code version 40, level L, digits). */
const DATA_MAX = 7089;

/** `GS k m`, both numberings: name, and modules that `n` characters take (start, stop and check digits included). */
const BARCODES: readonly (readonly [name: string, modules: (n: number) => number])[] = [
  ['upca', () => 95],
  ['upce', () => 51],
  ['ean13', () => 95],
  ['ean8', () => 67],
  ['code39', (n) => (n + 2) * 16 - 1],
  ['itf', (n) => 9 + n * 9],
  ['codabar', (n) => n * 12],
  ['code93', (n) => (n + 4) * 9 + 1],
  ['code128', (n) => (n + 3) * 11 + 2],
  ['gs1-128', (n) => (n + 4) * 11 + 2],
  ['gs1-databar-omni', () => 96],
  ['gs1-databar-truncated', () => 96],
  ['gs1-databar-limited', () => 79],
  ['gs1-databar-expanded', (n) => 100 + n * 12],
  ['code128-auto', (n) => (n + 3) * 11 + 2],
];

/** `GS ( k cn`. */
const SYMBOLS: Readonly<Record<number, string>> = {
  48: 'pdf417',
  49: 'qr',
  50: 'maxicode',
  51: 'gs1-databar',
  52: 'composite',
  53: 'aztec',
  54: 'datamatrix',
};

/**
 * Code 128 as sent to the printer: `{A` `{B` `{C` select the code set, `{{` is a brace, `{1` to `{4` and `{S` are
 * functions. In code set C every byte is a pair of digits; read as characters they would hide a number.
 */
export function code128Text(data: Uint8Array): string {
  let set = 'B';
  let text = '';
  for (let i = 0; i < data.length; i++) {
    const char = String.fromCharCode(byte(data, i));
    if (char === '{' && i + 1 < data.length) {
      const code = String.fromCharCode(byte(data, ++i));
      if ('ABC'.includes(code)) set = code;
      else if (code === '{') text += '{';
    } else if (set === 'C' && byte(data, i) < 100) text += String(byte(data, i)).padStart(2, '0');
    else text += char;
  }
  return text;
}

function printBarcode(printer: Printer, bytes: Uint8Array): void {
  const m = byte(bytes, 2);
  const [name, modules] = BARCODES[m <= 6 ? m : m - 65] ?? ['barcode', (n: number) => n * 11];
  const data = m <= 6 ? bytes.subarray(3, -1) : bytes.subarray(4);
  const braces = name === 'code128' || name === 'gs1-128';
  const payload = braces ? code128Text(data) : latin(data);
  if (payload === '') return;
  const { height, module, caption } = printer.settings.symbols;
  const width = Math.min(modules(data.length) * module, printer.options.width);
  // The text above or below stands in font A with a small gap.
  const captions = caption === undefined ? 0 : caption === 'both' ? 2 : 1;
  const code = { width, height: height + captions * 26, symbology: name, payload };
  printer.block(barcodeItem(caption === undefined ? code : { ...code, caption }));
}

/** UTF-8 if it is, else the printer's own charset: a QR code holds bytes, and generators send either. */
function payloadText(printer: Printer, data: Uint8Array): string {
  const utf8 = Buffer.from(data).toString('utf8');
  return utf8.includes('\ufffd') ? printer.settings.text.multi.decode([...data]) : utf8;
}

function printSymbol(printer: Printer, cn: number, offset: number, bytes: Uint8Array): void {
  const stored = printer.settings.symbols.stored.get(cn);
  if (!stored || stored.data.length === 0) return;
  if (stored.printed && !printer.mayReplay()) {
    printer.explainNothing(offset, bytes);
    return;
  }
  stored.printed = true;
  const symbology = SYMBOLS[cn] ?? `symbol ${cn}`;
  const payload = payloadText(printer, stored.data);
  const module = printer.settings.symbols.size.get(cn) ?? 3;
  const { level } = printer.settings.symbols;
  if (symbology === 'qr') {
    const side = qrModules(stored.data, level) * module;
    printer.block(barcodeItem({ width: side, height: side, symbology, payload, level }));
  } else {
    // Nobody needs the exact size of the rarer ones: a box of about the right area.
    const wide = symbology === 'pdf417' ? 3 : 1;
    const side = Math.ceil(Math.sqrt(stored.data.length * 9)) * module + 20;
    const width = Math.min(side * wide, printer.options.width);
    printer.block(barcodeItem({ width, height: side, symbology, payload }));
  }
}

const LEVELS: Readonly<Record<number, SymbolSettings['level']>> = { 48: 'L', 49: 'M', 50: 'Q', 51: 'H' };

export const obeySymbols: Readonly<Record<string, Obey>> = {
  'GS h': (printer, bytes) => {
    printer.settings.symbols.height = Math.max(1, byte(bytes, 2));
  },
  'GS w': (printer, bytes) => {
    // 2 to 6; some models count their finer modules from 68.
    const width = byte(bytes, 2);
    printer.settings.symbols.module =
      width >= 1 && width <= 8 ? width : width >= 68 && width <= 76 ? Math.ceil((width - 66) / 2) : 3;
  },
  'GS H': (printer, bytes) => {
    const places = [undefined, 'above', 'below', 'both'] as const;
    printer.settings.symbols.caption = places[byte(bytes, 2) % 48];
  },
  'GS k': printBarcode,
  'GS ( k': (printer, bytes, offset) => {
    const cn = byte(bytes, 5);
    const fn = byte(bytes, 6);
    const value = byte(bytes, 7);
    const { symbols } = printer.settings;
    if (fn === 80) {
      const data = bytes.slice(8);
      if (data.length <= DATA_MAX) symbols.stored.set(cn, { data, printed: false });
    } else if (fn === 81) printSymbol(printer, cn, offset, bytes);
    else if (fn === 67 && value >= 1 && value <= 16) symbols.size.set(cn, value);
    else if (fn === 69 && cn === 49) symbols.level = LEVELS[value] ?? symbols.level;
  },
};
