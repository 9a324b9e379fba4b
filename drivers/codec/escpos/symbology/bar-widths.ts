/**
 * How wide the family prints bar codes, in dots, counted from the data as it was sent: text that stands beside or below
 * must not wait for a symbol to be drawn. Start, stop and check characters included, quiet zones not.
 */

/** Height of the line of text above or below a bar code, dots: font A and a small gap. */
export const CAPTION = 26;

/** Wide bars of the two-width symbologies by narrow ones, dots (command reference, GS w). */
const WIDE: Readonly<Record<number, number>> = { 1: 3, 2: 5, 3: 8, 4: 10, 5: 13, 6: 16 };
export const wideBar = (module: number): number => WIDE[module] ?? Math.round(module * 2.6);

/** Symbols of Code 128 as sent: `{A` `{B` `{C` choose a set, `{S` shifts, `{1` to `{4` are functions, `{{` is a brace. */
function code128Symbols(data: Uint8Array): number {
  let symbols = 0;
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 0x7b && i + 1 < data.length) i++;
    symbols++;
  }
  return symbols;
}

/** Start (which the first `{B` is), check, and the stop with its two modules more. */
const code128 = (symbols: number) => (symbols + 1) * 11 + 13;

/** Digits in pairs, as a printer that chooses the sets itself does where four or more follow each other. */
function automaticSymbols(data: Uint8Array): number {
  const text = Buffer.from(data).toString('latin1');
  let symbols = 1;
  let set: 'B' | 'C' | undefined;
  for (const piece of text.match(/\d{4,}|(?:(?!\d{4}).)+/gs) ?? []) {
    if (/^\d{4}/.test(piece)) {
      symbols += (set === 'B' ? 1 : 0) + Math.floor(piece.length / 2) + (piece.length % 2) * 2;
      set = piece.length % 2 ? 'B' : 'C';
    } else {
      symbols += (set === 'C' ? 1 : 0) + piece.length;
      set = 'B';
    }
  }
  return symbols;
}

/** Codabar: `: / . +` and the four start and stop letters have three wide bars, all others two. */
function codabar(data: Uint8Array, module: number, wide: number): number {
  let dots = -module;
  for (const byte of data) {
    const three = ':/.+ABCDabcd'.includes(String.fromCharCode(byte)) ? 1 : 0;
    dots += (6 - three) * module + (2 + three) * wide;
  }
  return Math.max(module, dots);
}

/** With the asterisks that start and stop it, which the printer adds where the sender did not. */
function code39Characters(data: Uint8Array): number {
  const asterisk = 0x2a;
  return data.length + (data[0] === asterisk ? 0 : 1) + (data.length > 1 && data.at(-1) === asterisk ? 0 : 1);
}

/** Lower case and signs that Code 93 does not have are two characters each. */
function code93Characters(data: Uint8Array): number {
  let count = 0;
  for (const byte of data) count += /[0-9A-Z. $/+%-]/.test(String.fromCharCode(byte)) ? 1 : 2;
  return count;
}

type Rule = (data: Uint8Array, module: number, wide: number) => number;
const modules =
  (count: (data: Uint8Array) => number): Rule =>
  (data, module) =>
    count(data) * module;

const RULES: Readonly<Record<string, Rule>> = {
  upca: modules(() => 95),
  upce: modules(() => 51),
  ean13: modules(() => 95),
  ean8: modules(() => 67),
  // Six narrow and three wide bars a character, with a narrow gap between two.
  code39: (data, m, w) => {
    const n = code39Characters(data);
    return n * (6 * m + 3 * w) + (n - 1) * m;
  },
  itf: ({ length: n }, m, w) => n * (3 * m + 2 * w) + 6 * m + w,
  codabar,
  // Start, stop and two check characters of nine modules, and the bar that ends it.
  code93: modules((data) => (code93Characters(data) + 4) * 9 + 1),
  code128: modules((data) => code128(code128Symbols(data))),
  // The function character that says GS1 is added by the printer.
  'gs1-128': modules(({ length: n }) => code128(n + 2)),
  'gs1-databar-omni': modules(() => 96),
  'gs1-databar-truncated': modules(() => 96),
  'gs1-databar-limited': modules(() => 79),
  'gs1-databar-expanded': modules(({ length: n }) => 102 + Math.ceil(n / 3) * 17),
  'code128-auto': modules((data) => code128(automaticSymbols(data))),
};

/**
 * Dots from the first bar to the last.
 * @param symbology as in the receipt model; others count as Code 128
 * @param module dots of the narrowest bar
 */
export function barcodeWidth(symbology: string, data: Uint8Array, module: number): number {
  const rule = RULES[symbology] ?? modules((bytes) => code128(bytes.length + 1));
  return rule(data, module, wideBar(module));
}
