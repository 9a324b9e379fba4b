import type { Obey } from './obey.ts';
import type { Printer } from './printer.ts';
import { qrModules } from './qr-size.ts';
import type { SymbolSettings } from './settings.ts';
import { barcodeItem } from './sheet.ts';
import { barcodeWidth, CAPTION } from './symbology/bar-widths.ts';
import { charactersOf } from './symbology/by-number.ts';
import { symbolSize } from './symbology/symbol-size.ts';

const byte = (bytes: Uint8Array, at: number) => bytes[at] ?? 0;
const latin = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/** The longest data a two-dimensional symbol can hold (QR code version 40, level L, digits). */
export const DATA_MAX = 7089;

/** `GS k m`, both numberings. */
const BARCODES: readonly string[] = [
  'upca',
  'upce',
  'ean13',
  'ean8',
  'code39',
  'itf',
  'codabar',
  'code93',
  'code128',
  'gs1-128',
  'gs1-databar-omni',
  'gs1-databar-truncated',
  'gs1-databar-limited',
  'gs1-databar-expanded',
  'code128-auto',
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
  // Some emulators and compatible printers number Aztec so.
  55: 'aztec',
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
  const name = BARCODES[m <= 6 ? m : m - 65] ?? 'barcode';
  const sent = m <= 6 ? bytes.subarray(3, -1) : bytes.subarray(4);
  const data = charactersOf(name, sent) ?? sent;
  const braces = name === 'code128' || name === 'gs1-128';
  const payload = braces ? code128Text(data) : latin(data);
  if (payload === '') return;
  const { height, module, caption } = printer.settings.symbols;
  const width = Math.min(barcodeWidth(name, data, module), printer.options.width);
  const captions = caption === undefined ? 0 : caption === 'both' ? 2 : 1;
  const code = { width, height: height + captions * CAPTION, symbology: name, payload, module };
  printer.block(barcodeItem(caption === undefined ? code : { ...code, caption }));
}

/** UTF-8 if it is, else the printer's own charset: a QR code holds bytes, and generators send either. */
function payloadText(printer: Printer, data: Uint8Array): string {
  const utf8 = Buffer.from(data).toString('utf8');
  return utf8.includes('\ufffd') ? printer.settings.text.multi.decode([...data]) : utf8;
}

function printSymbol(printer: Printer, cn: number, offset: number, bytes: Uint8Array): void {
  const { symbols } = printer.settings;
  const stored = symbols.stored.get(cn);
  if (!stored || stored.data.length === 0) return;
  if (stored.printed && !printer.mayReplay()) {
    printer.explainNothing(offset, bytes);
    return;
  }
  stored.printed = true;
  const { symbology, data } = contentOf(cn, stored.data);
  const module = symbols.size.get(cn) ?? DEFAULT_MODULE[cn] ?? 3;
  const choices = Object.fromEntries(symbols.choices.get(cn) ?? []);
  putSymbol(printer, data, { symbology, module, level: symbols.level, choices });
}

/** How a two-dimensional symbol is printed. */
export interface SymbolStyle {
  readonly symbology: string;
  /** Dots. */
  readonly module: number;
  /** Of QR codes. */
  readonly level: SymbolSettings['level'];
  readonly choices: Readonly<Record<string, number | string>>;
}

/** Prints a two-dimensional symbol that holds `data`. */
export function putSymbol(
  printer: Printer,
  data: Uint8Array,
  { symbology, module, level, choices }: SymbolStyle,
): void {
  const content = {
    symbology,
    payload: payloadText(printer, data),
    module,
    ...(symbology === 'qr' ? { level } : {}),
    ...(Object.keys(choices).length > 0 ? { choices } : {}),
  };
  const size =
    symbology === 'qr' && choices['model'] !== 'micro'
      ? squareOf(qrModules(data, level, Number(choices['version'] ?? 1)) * module)
      : symbolSize(content, printer.mayMeasure());
  const width = Math.min(size.width, printer.options.width);
  printer.block(barcodeItem({ ...content, width, height: size.height }));
}

const squareOf = (side: number) => ({ width: side, height: side });

/** Printers begin with these modules where the sender says nothing. */
const DEFAULT_MODULE: Readonly<Record<number, number>> = { 48: 3, 49: 3, 51: 2, 53: 3, 54: 3 };

/** What `GS ( k fn 80` stored may begin with the kind of symbol. */
function contentOf(cn: number, stored: Uint8Array): { symbology: string; data: Uint8Array } {
  if (cn === 51) {
    const kind = STACKED[byte(stored, 0)];
    return kind
      ? { symbology: `gs1-databar-${kind}`, data: stored.subarray(1) }
      : { symbology: 'gs1-databar', data: stored };
  }
  return { symbology: SYMBOLS[cn] ?? `symbol ${cn}`, data: stored };
}
const STACKED: Readonly<Record<number, string>> = {
  72: 'stacked',
  73: 'stacked-omni',
  76: 'expanded-stacked',
};

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
    const { symbols } = printer.settings;
    if (fn === 80) {
      const data = bytes.slice(8);
      if (data.length <= DATA_MAX) symbols.stored.set(cn, { data, printed: false });
    } else if (fn === 81) printSymbol(printer, cn, offset, bytes);
    else configure(symbols, cn, fn, bytes);
  },
};

/** What the functions 65 to 71 choose, by symbol: the name in the model, and the value (undefined: as the printer likes). */
function configure(symbols: SymbolSettings, cn: number, fn: number, bytes: Uint8Array): void {
  const [value, second] = [byte(bytes, 7), byte(bytes, 8)];
  const choose = (name: string, chosen: number | string | undefined) => {
    const choices = symbols.choices.get(cn) ?? new Map<string, number | string>();
    if (chosen === undefined) choices.delete(name);
    else choices.set(name, chosen);
    symbols.choices.set(cn, choices);
  };
  const within = (from: number, to: number) => (value >= from && value <= to ? value : undefined);
  switch (`${cn} ${fn}`) {
    case '48 65':
      choose('columns', within(1, 30));
      return;
    case '48 66':
      choose('rows', within(3, 90));
      return;
    case '48 68':
      choose('row-height', within(2, 8));
      return;
    case '48 69': // 48: one of the nine levels; 49: so many tenths of the data
      choose('ec', value === 48 && second >= 48 && second <= 56 ? second - 48 : undefined);
      return;
    case '48 70':
      choose('truncated', value === 1 ? 1 : undefined);
      return;
    case '49 65':
      choose('model', value === 51 ? 'micro' : value === 49 ? '1' : undefined);
      return;
    case '49 69':
      symbols.level = LEVELS[value] ?? symbols.level;
      return;
    case '50 65':
      choose('mode', value >= 50 && value <= 54 ? value - 48 : undefined);
      return;
    case '53 66':
      choose('layers', second > 0 && second <= 32 ? second : undefined);
      choose('shape', value % 48 === 1 ? 'compact' : undefined);
      return;
    case '53 69':
      choose('ec', within(5, 95));
      return;
    case '54 66':
      choose('shape', value % 48 === 1 ? 'rectangle' : undefined);
      return;
    default:
      if (fn === 67 && value >= 1 && value <= 16) symbols.size.set(cn, value);
  }
}
