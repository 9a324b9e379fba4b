import { createRequire } from 'node:module';
import { encode as encodeQr } from 'uqr';
import type { ReceiptBarcode } from '../../../../rig/model/receipt.ts';
import { Bitmap } from '../render/bitmap.ts';

/** What a symbol looks like, in modules. */
export type Figure =
  /** Bars and spaces in turn, beginning with a bar. */
  | { readonly kind: 'bars'; readonly widths: readonly number[] }
  | { readonly kind: 'modules'; readonly modules: Bitmap }
  /** MaxiCode: the dark cells of its 33 rows of 30. */
  | { readonly kind: 'hexagons'; readonly cells: readonly number[] };

/** What makes a symbol's figure; the rest of a barcode in the model is its place. */
export type SymbolContent = Pick<ReceiptBarcode, 'symbology' | 'payload' | 'level' | 'choices' | 'module'>;

/** As much of bwip-js as is used: one symbol in modules. It throws for data that the symbology cannot hold. */
interface Encoder {
  raw(options: Readonly<Record<string, unknown>>): readonly {
    readonly sbs?: readonly number[];
    readonly pixs?: readonly number[];
    readonly pixx?: number;
    readonly pixy?: number;
  }[];
}

/** Loaded with the first symbol: it takes a tenth of a second, and most receipts have none. */
let encoder: Encoder | undefined;
function bwip(): Encoder {
  encoder ??= createRequire(import.meta.url)('bwip-js') as Encoder;
  return encoder;
}

/** Longest data that is drawn; more would take seconds. */
const DATA_MAX = 3000;

/**
 * The figures that a symbol may have, likeliest first; none if it cannot hold its payload. Where the sender's choice of
 * code sets is not in the model there are several, and the width of the symbol on paper tells which it was.
 */
export function figuresOf(code: SymbolContent): Figure[] {
  if (code.payload.length > DATA_MAX) return [];
  if (code.symbology === 'qr' && code.choices?.['model'] !== 'micro') return one(() => qr(code));
  const ways = WAYS[code.symbology];
  return ways === undefined ? [] : ways(code).flatMap((options) => one(() => figure(options)));
}

function one(make: () => Figure): Figure[] {
  try {
    return [make()];
  } catch {
    return []; // not in this symbology
  }
}

function qr({ payload, level, choices }: SymbolContent): Figure {
  const minVersion = Number(choices?.['version'] ?? 1);
  const { size, data } = encodeQr(payload, { ecc: level ?? 'L', boostEcc: false, border: 0, minVersion });
  const modules = new Bitmap(size, size);
  data.forEach((row, y) => {
    row.forEach((dark, x) => {
      if (dark) modules.blacken(x, y);
    });
  });
  return { kind: 'modules', modules };
}

function figure(options: Readonly<Record<string, unknown>>): Figure {
  const [drawn] = bwip().raw(options);
  if (drawn?.sbs) return { kind: 'bars', widths: drawn.sbs };
  const { pixs, pixx, pixy } = drawn ?? {};
  if (!pixs) throw new RangeError('no such symbol');
  if (pixx === undefined || pixy === undefined) return { kind: 'hexagons', cells: pixs };
  const modules = new Bitmap(pixx, pixy);
  pixs.forEach((dark, i) => {
    if (dark) modules.blacken(i % pixx, Math.floor(i / pixx));
  });
  return { kind: 'modules', modules };
}

/** Options of the encoder: all text goes in as bytes, nothing in it is an instruction. */
type Ways = (code: SymbolContent) => readonly Readonly<Record<string, unknown>>[];
const plain =
  (bcid: string, more: Readonly<Record<string, unknown>> = {}): Ways =>
  ({ payload }) => [{ bcid, text: payload, ...more }];

/** With the check digit as sent, or with the right one: printers put that in the place of a wrong one. */
const checked =
  (bcid: string, digits: number): Ways =>
  ({ payload }) => [
    { bcid, text: payload },
    { bcid, text: payload.slice(0, digits) },
  ];

/** Numbers of the symbols that start Code 128 in set A or B. */
const SET_A = 103;
const SET_B = 104;

/** Code 128 all in one set, by the numbers of its symbols. */
function inSet(payload: string, start: number): string | undefined {
  const numbers = [...payload].map((char) => {
    const code = char.charCodeAt(0);
    return start === SET_A && code < 32 ? code + 64 : code - 32;
  });
  if (numbers.some((number) => number < 0 || number > 95)) return undefined;
  return [start, ...numbers].map((number) => `^${String(number).padStart(3, '0')}`).join('');
}

const code128: Ways = ({ payload }) => [
  ...[SET_B, SET_A].flatMap((start) => {
    const text = inSet(payload, start);
    return text === undefined ? [] : [{ bcid: 'code128', text, raw: true }];
  }),
  { bcid: 'code128', text: payload },
];

/** GS1 data with its application identifiers in brackets; printers take it without, as one item number. */
const gs1 =
  (bcid: string, more: Readonly<Record<string, unknown>> = {}): Ways =>
  ({ payload }) => [
    { bcid, text: payload, ...more },
    { bcid, text: `(01)${payload.replace(/^(\(01\)|01(?=\d{14}))/, '').slice(0, 14)}`, ...more },
    { bcid, text: `(01)${withCheckDigit(payload)}`, ...more },
  ];

/** The last digit of a 14-digit item number (GS1 General Specifications, 7.9). */
function withCheckDigit(payload: string): string {
  const digits = payload.replace(/\D/g, '').slice(0, 13).padStart(13, '0');
  const sum = [...digits].reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 3 : 1), 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

const given = (choices: SymbolContent['choices'], name: string, as = name) =>
  choices?.[name] === undefined ? {} : { [as]: choices[name] };

const WAYS: Readonly<Record<string, Ways>> = {
  upca: checked('upca', 11),
  upce: ({ payload }) => [
    { bcid: 'upce', text: payload },
    { bcid: 'upce', text: payload.length === 6 ? `0${payload}` : payload.slice(0, 7) },
    { bcid: 'upce', text: zeroSuppressed(payload) },
  ],
  ean13: checked('ean13', 12),
  ean8: checked('ean8', 7),
  code39: ({ payload }) => [{ bcid: 'code39', text: payload.replace(/^\*|\*$/g, '') }],
  itf: plain('interleaved2of5'),
  codabar: ({ payload }) => [{ bcid: 'rationalizedCodabar', text: payload.toUpperCase() }],
  code93: ({ payload }) => [
    { bcid: 'code93', text: payload, includecheck: true },
    { bcid: 'code93ext', text: payload, includecheck: true },
  ],
  code128,
  'code128-auto': ({ payload }) => [{ bcid: 'code128', text: payload }],
  'gs1-128': ({ payload }) => [
    { bcid: 'gs1-128', text: payload.replace(/\*/g, '') },
    { bcid: 'code128', text: `^FNC1${payload.replace(/[()*]/g, '')}`, parsefnc: true },
  ],
  'gs1-databar-omni': gs1('databaromni'),
  'gs1-databar-truncated': gs1('databartruncated'),
  'gs1-databar-limited': gs1('databarlimited'),
  'gs1-databar-expanded': ({ payload }) => [
    { bcid: 'databarexpanded', text: payload },
    { bcid: 'databarexpanded', text: `(01)${withCheckDigit(payload)}` },
  ],
  'gs1-databar-stacked': gs1('databarstacked'),
  'gs1-databar-stacked-omni': gs1('databarstackedomni'),
  'gs1-databar-expanded-stacked': gs1('databarexpandedstacked', { segments: 4 }),
  pdf417: ({ payload, choices }) => [
    {
      bcid: choices?.['truncated'] === 1 ? 'pdf417compact' : 'pdf417',
      text: payload,
      rowmult: 1,
      ...given(choices, 'columns'),
      ...given(choices, 'rows'),
      ...given(choices, 'ec', 'eclevel'),
    },
    { bcid: 'pdf417', text: payload, rowmult: 1 },
  ],
  qr: plain('microqrcode'),
  datamatrix: ({ payload, choices }) => [
    { bcid: choices?.['shape'] === 'rectangle' ? 'datamatrixrectangular' : 'datamatrix', text: payload },
  ],
  aztec: ({ payload, choices }) => [
    {
      bcid: choices?.['shape'] === 'compact' ? 'azteccodecompact' : 'azteccode',
      text: payload,
      ...given(choices, 'layers'),
      ...given(choices, 'ec', 'eclevel'),
    },
    { bcid: 'azteccode', text: payload },
  ],
  maxicode: ({ payload, choices }) => [
    { bcid: 'maxicode', text: payload, mode: choices?.['mode'] ?? 4, parse: true },
    { bcid: 'maxicode', text: payload, mode: 4 },
  ],
};

/** The twelve digits of UPC-A, of which printers make UPC-E: `0 abc0 0000 de c` and the like. */
function zeroSuppressed(upca: string): string {
  const match = /^0(\d\d)([012])0000(\d\d\d)/.exec(upca);
  if (match) return `0${match[1]}${match[3]}${match[2]}`;
  const three = /^0(\d\d\d)00000(\d\d)/.exec(upca);
  if (three) return `0${three[1]}${three[2]}3`;
  const four = /^0(\d\d\d\d)00000(\d)/.exec(upca);
  if (four) return `0${four[1]}${four[2]}4`;
  const five = /^0(\d{5})0000([5-9])/.exec(upca);
  return five ? `0${five[1]}${five[2]}` : upca;
}
