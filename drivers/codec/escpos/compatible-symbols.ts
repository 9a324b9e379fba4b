import type { Obey } from './obey.ts';
import type { Printer } from './printer.ts';
import type { SymbolSettings } from './settings.ts';
import { DATA_MAX, obeySymbols, putSymbol } from './symbols.ts';

/**
 * Two-dimensional symbols in one command, as most printers made in China have them beside `GS ( k`: `GS Z n` chooses the
 * kind and `ESC Z v r k nL nH d…` prints; `GS k m v r …` with m from 97 (length first) or from 32 (up to NUL) does both.
 * QR codes by others: `GS o 0 s w m` and `GS k 11 level mode , d… NUL` (SNBC and kin); `GS k 81 level size v mode nL nH d…`
 * (Bematech); `ESC 81h nL nH size level d…` (Daruma).
 * Source: public programming manuals of such printers, section "2-D bar code", and encoders that print to them.
 */
const KINDS = ['pdf417', 'datamatrix', 'qr'] as const;
type Kind = (typeof KINDS)[number];

/** `GS k m`, from 32 and from 97. */
const KINDS_OF_GS_K: readonly Kind[] = ['qr', 'datamatrix', 'pdf417'];

const byte = (bytes: Uint8Array, at: number) => bytes[at] ?? 0;

/** QR levels as letters, or 1 to 4. */
const LEVELS: Readonly<Record<number, SymbolSettings['level']>> = {
  76: 'L',
  77: 'M',
  81: 'Q',
  72: 'H',
  1: 'L',
  2: 'M',
  3: 'Q',
  4: 'H',
};

/** What `v` and `r` choose, by kind. Of Data Matrix they are the least size, which its data decides here. */
function choicesOf(kind: Kind, v: number, r: number): Record<string, number> {
  if (kind === 'pdf417') return { ...within('columns', v, 1, 30), ...within('ec', r, 0, 8) };
  return kind === 'qr' ? within('version', v, 1, 40) : {};
}

const within = (name: string, value: number, from: number, to: number) =>
  value >= from && value <= to ? { [name]: value } : {};

interface Order {
  readonly symbology: Kind;
  readonly v: number;
  readonly r: number;
  /** Dots. */
  readonly module: number;
  readonly data: Uint8Array;
}

function print(printer: Printer, { symbology, v, r, module, data }: Order): void {
  if (data.length === 0 || data.length > DATA_MAX) return;
  const level = LEVELS[r] ?? 'L';
  putSymbol(printer, data, { symbology, module, level, choices: choicesOf(symbology, v, r) });
}

/** `GS k m v r …`: the module is that of `GS w`. */
const printAtOnce: Obey = (printer, bytes, offset) => {
  const m = byte(bytes, 2);
  const hasLength = m >= 97;
  const symbology = KINDS_OF_GS_K[m - (hasLength ? 97 : 32)];
  if (symbology === undefined) {
    obeySymbols['GS k']?.(printer, bytes, offset);
    return;
  }
  const data = hasLength ? bytes.subarray(7) : bytes.subarray(5, -1);
  const { module } = printer.settings.symbols;
  print(printer, { symbology, v: byte(bytes, 3), r: byte(bytes, 4), module, data });
};

const moduleOf = (dots: number) => Math.min(16, Math.max(1, Math.round(dots)));

/** `GS k m …` in all its forms. */
const printCode: Obey = (printer, bytes, offset) => {
  const m = byte(bytes, 2);
  const qr = (r: number, module: number, data: Uint8Array) =>
    print(printer, { symbology: 'qr', v: 0, r, module, data });
  if (m === 11) {
    // Level, mode and a comma before the data; without them the data alone.
    const said = byte(bytes, 5) === 0x2c;
    qr(said ? byte(bytes, 3) : 0, printer.settings.symbols.module, bytes.subarray(said ? 6 : 3, -1));
  } else if (m === 81) {
    const data = bytes.subarray(9);
    const end = data.indexOf(0);
    // Sizes are half dots; the length counts what ends the data, too.
    qr(byte(bytes, 3) + 1, moduleOf(byte(bytes, 4) / 2), end < 0 ? data : data.subarray(0, end));
  } else printAtOnce(printer, bytes, offset);
};

export const obeyCompatibleSymbols: Readonly<Record<string, Obey>> = {
  'GS Z': (printer, bytes) => {
    printer.settings.symbols.kind = KINDS[byte(bytes, 2)] ?? printer.settings.symbols.kind;
  },
  'ESC Z': (printer, bytes) => {
    const module = Math.min(8, Math.max(1, byte(bytes, 4)));
    const [v, r] = [byte(bytes, 2), byte(bytes, 3)];
    print(printer, { symbology: printer.settings.symbols.kind, v, r, module, data: bytes.subarray(7) });
  },
  'GS k': printCode,
  'GS o': (printer, bytes) => {
    if (byte(bytes, 2) === 0) printer.settings.symbols.module = moduleOf(byte(bytes, 3));
  },
  'ESC 81h': (printer, bytes) => {
    const [module, r] = [moduleOf(byte(bytes, 4)), byte(bytes, 5)];
    print(printer, { symbology: 'qr', v: 0, r, module, data: bytes.subarray(6) });
  },
};
