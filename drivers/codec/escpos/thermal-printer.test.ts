import assert from 'node:assert/strict';
import iconv from 'iconv-lite';
import { PrinterTypes, ThermalPrinter } from 'node-thermal-printer';
import { PNG } from 'pngjs';
import type { Receipt, ReceiptRun } from '../../../rig/model/receipt.ts';
import { decodeEscPos } from './decoder.ts';
import { textLines } from './text-lines.ts';

/**
 * Receipts made by a generator of other authors. Printers, commands, methods and character sets are taken from the package
 * itself; nothing is printed.
 */
type Config = Readonly<Record<string, Buffer>> & { readonly CODE_PAGES: Readonly<Record<string, string>> };
const made = (type: PrinterTypes) => new ThermalPrinter({ type, interface: 'tcp://127.0.0.1:9', width: 48 });
const configOf = (type: PrinterTypes) =>
  (made(type) as unknown as { printer: { config: Config } }).printer.config;

/** Printers that speak ESC/POS, where every switch has a parameter; Star, Daruma and Brother speak otherwise. */
const TYPES = Object.values(PrinterTypes).filter((type) => configOf(type)['TXT_BOLD_ON']?.length === 3);

function call(printer: ThermalPrinter, method: string, ...args: unknown[]): unknown {
  const does: unknown = Reflect.get(printer, method);
  assert.ok(typeof does === 'function', method);
  return Reflect.apply(does, printer, args);
}

/** What a job prints: its receipts, in which nothing is unexplained. */
function read(content: Uint8Array, charset = 'cp437', unknown: readonly string[] = []): readonly Receipt[] {
  const { receipts, stray } = decodeEscPos(content, { charset, width: 576 });
  const unexplained = [...receipts.flatMap((receipt) => receipt.unknown), ...stray];
  assert.deepEqual(
    unexplained.map(({ hex }) => hex),
    unknown,
  );
  return receipts;
}
const linesOf = (receipts: readonly Receipt[]) =>
  receipts.flatMap((receipt) => textLines(receipt)).filter(Boolean);

/** Beginnings of commands, to which methods add the rest. */
const BEGINNING =
  /^(CTL_SET_HT|BARCODE_(?!TXT|FONT|HEIGHT|WIDTH)|PDF417_(CORRECTION|ROW|WIDTH|COLUMNS)|S_RASTER|BEEP|CD_KICK)/;

const picture = new PNG({ width: 32, height: 48 });
for (let i = 0; i < 32 * 48; i++)
  picture.data.set([...Array<number>(3).fill(i % 32 < 16 ? 0 : 255), 255], i * 4);

/** One call of a method between text, and what it changes. */
interface Case {
  readonly args?: readonly unknown[];
  /** Lines besides those of the text around. */
  readonly lines?: readonly string[];
  /** How the text behind it stands on the paper. */
  readonly look?: Partial<ReceiptRun>;
  /** Symbology, payload and whatever else. */
  readonly code?: Readonly<Record<string, unknown>>;
  readonly picture?: true;
  /** Text that is on the line of what is printed behind it. */
  readonly together?: string;
  readonly cuts?: true;
  readonly unknown?: readonly string[];
}

const plain = { bold: false, underline: false, inverse: false, scaleX: 1, scaleY: 1 };
const bar = { hriPos: 2, hriFont: 1, width: 2, height: 80 };
const barcode = (type: number, symbology: string, payload: string): Case => ({
  args: [payload, type, bar],
  code: { symbology, payload, module: 2, caption: 'below', height: 80 + 26 },
});

/** Every method that leaves something on the paper. */
const METHODS: Readonly<Record<string, readonly Case[]>> = {
  cut: [{ cuts: true }, { args: [{ verticalTabAmount: 0 }], cuts: true }],
  partialCut: [{ cuts: true }],
  initHardware: [{ look: plain }],
  add: [{ args: [Buffer.from('added\n')], lines: ['added'] }],
  append: [{ args: ['appended\n'], lines: ['appended'] }],
  print: [{ args: ['printed\n'], together: 'printed' }],
  println: [
    { args: ['a line'], lines: ['a line'] },
    { args: [`${'wrapped '.repeat(8)}`], lines: [`${'wrapped '.repeat(6).trim()}`, 'wrapped wrapped'] },
  ],
  printVerticalTab: [{}],
  bold: [
    { args: [true], look: { bold: true } },
    { args: [false], look: { bold: false } },
  ],
  underline: [
    { args: [true], look: { underline: true } },
    { args: [false], look: { underline: false } },
  ],
  underlineThick: [
    { args: [true], look: { underline: true } },
    { args: [false], look: { underline: false } },
  ],
  upsideDown: [
    { args: [true], look: { turn: 180 } },
    { args: [false], look: { x: 0 } },
  ],
  invert: [
    { args: [true], look: { inverse: true } },
    { args: [false], look: { inverse: false } },
  ],
  openCashDrawer: [{ unknown: ['01'] }], // without the times of its pulses: the second is what the first lacks
  alignCenter: [{ look: { x: 288 - 30 } }],
  alignLeft: [{ look: { x: 0 } }],
  alignRight: [{ look: { x: 576 - 60 } }],
  setTypeFontA: [{ look: { height: 24, width: 60 } }],
  setTypeFontB: [{ look: { height: 17, width: 45 } }],
  setTextNormal: [{ look: plain }],
  setTextDoubleHeight: [{ look: { scaleX: 1, scaleY: 2 } }],
  setTextDoubleWidth: [{ look: { scaleX: 2, scaleY: 1 } }],
  setTextQuadArea: [{ look: { scaleX: 2, scaleY: 2 } }],
  setTextSize: Array.from({ length: 8 }, (_, n) => ({
    // What it calls height and width the printers have the other way round.
    args: [n, 7 - n],
    look: { scaleX: n + 1, scaleY: 8 - n },
  })),
  newLine: [{}],
  setLineSpacing: [{ args: [60] }],
  resetLineSpacing: [{}],
  drawLine: [{ lines: ['-'.repeat(48)] }, { args: ['='], lines: ['='.repeat(48)] }],
  leftRight: [{ args: ['left', 'right'], lines: [`left${' '.repeat(39)}right`] }],
  table: [{ args: [['one', 'two', 'three']], lines: [`one${' '.repeat(13)}two${' '.repeat(13)}three`] }],
  tableCustom: [
    {
      args: [
        [
          { text: 'long text that wraps', align: 'LEFT', width: 0.25 },
          { text: 'mid', align: 'CENTER', cols: 12, bold: true },
          { text: '9.99', align: 'RIGHT', width: 0.5 },
        ],
      ],
      lines: [`long text t      mid${' '.repeat(24)}9.99`, 'hat wraps'],
    },
  ],
  getStatus: [{}],
  beep: [{ args: [2, 3] }],
  printQR: ['L', 'M', 'Q', 'H'].flatMap((correction, i) =>
    [1, 2, 3].map((model) => ({
      args: ['12345', { cellSize: i + model, correction, model }],
      code: { symbology: 'qr', payload: '12345', level: correction, module: i + model },
    })),
  ),
  printBarcode: [
    barcode(65, 'upca', '01234567890'),
    barcode(66, 'upce', '0123456'),
    barcode(67, 'ean13', '4006381333931'),
    barcode(68, 'ean8', '40123455'),
    barcode(69, 'code39', 'ABC-123'),
    barcode(70, 'itf', '123456'),
    barcode(71, 'codabar', 'A123B'),
    barcode(72, 'code93', 'CODE 93'),
    barcode(73, 'code128', 'abc123'),
  ],
  maxiCode: [2, 3, 4, 5, 6].map((mode) => ({
    args: ['maxi', { mode }],
    code: { symbology: 'maxicode', payload: 'maxi', choices: { mode } },
  })),
  code128: [{ args: ['abc123', bar], code: { symbology: 'code128', payload: 'abc123' } }],
  pdf417: [false, true].map((truncated) => ({
    args: ['pdf 417', { rowHeight: 4, width: 2, correction: 10, columns: 5, truncated }],
    code: { symbology: 'pdf417', payload: 'pdf 417', module: 2 },
  })),
  printImageBuffer: [{ args: [PNG.sync.write(picture)], picture: true }],
};
/** The package writes into what it is given. */
const fresh = ({ args = [] }: Case) => args.map((arg) => (Buffer.isBuffer(arg) ? arg : structuredClone(arg)));

/** What the package's class for a printer does not have, or has no command for. */
const LACKING: Readonly<Record<string, readonly string[]>> = {
  tanca: ['setLineSpacing', 'resetLineSpacing', 'getStatus', 'code128'],
  custom: ['setLineSpacing', 'resetLineSpacing'],
};

/** Those that leave nothing, or are parts of others; `printImage` is `printImageBuffer` of a file. */
const SILENT =
  /^(constructor|setPrinterDriver|execute|getWidth|getText|getBuffer|setBuffer|clear|isPrinterConnected|raw|mergeObjects|_fold|setCharacterSet|printImage)$/;

/** What a printer of another market has as its own charset; `ESC R` before it changes signs only. */
const MARKETS: Readonly<Record<string, string>> = {
  CHINA: 'gb18030',
  HK_TW: 'big5',
  KOREA: 'euc-kr',
};
/** The package encodes these otherwise than the table that it selects says (Japanese in EUC, which no printer has). */
const MISTAKEN = /^(JAPAN|PC851_GREEK|TCVN_VIETNAMESE|VISCII|TIS1[18]_THAI|SLOVENIA)$/;

describe('codec: escpos against node-thermal-printer', () => {
  it('knows its printers and methods', () => {
    assert.deepEqual(TYPES, ['epson', 'tanca', 'custom']);
    const methods = Object.getOwnPropertyNames(ThermalPrinter.prototype);
    assert.deepEqual(
      methods.filter((name) => !SILENT.test(name) && !(name in METHODS)),
      [],
    );
  });

  for (const type of TYPES) {
    const config = configOf(type);

    it(`finds the end of every command that it has for ${type}`, () => {
      for (const [name, command] of Object.entries(config)) {
        if (!Buffer.isBuffer(command) || BEGINNING.test(name)) continue;
        const content = Buffer.concat([Buffer.from('before\n'), command, Buffer.from('after\n')]);
        const lines = linesOf(read(content)).map((line) => line.trim());
        assert.deepEqual(lines, ['before', 'after'], name);
      }
    });

    for (const [method, cases] of Object.entries(METHODS)) {
      if (LACKING[type]?.includes(method)) continue;
      it(`reads ${method} for ${type}`, async () => {
        for (const one of cases) {
          const printer = made(type);
          printer.println('first');
          await call(printer, method, ...fresh(one));
          printer.println('after');
          judge(read(printer.getBuffer(), 'cp437', one.unknown), one);
        }
      });
    }

    for (const set of Object.keys(config.CODE_PAGES)) {
      if (MISTAKEN.test(set) || !config[`CODE_PAGE_${set}`]) continue;
      it(`reads ${set} for ${type}`, () => {
        const charset = config.CODE_PAGES[set] ?? '';
        const text = MARKETS[set] ? samples[set] : charactersOf(charset);
        assert.ok(text, set);
        const printer = made(type);
        printer.setCharacterSet(set);
        printer.println(text);
        assert.deepEqual(linesOf(read(printer.getBuffer(), MARKETS[set] ?? 'cp437')).join(''), text);
      });
    }
  }

  function judge(receipts: readonly Receipt[], one: Case): void {
    const [receipt] = receipts;
    assert.ok(receipt);
    assert.deepEqual([receipts.length, receipt.end], one.cuts ? [2, 'cut'] : [1, 'idle']);
    const lines = linesOf(receipts).map((line) => line.trim());
    // Turned text begins anew; the drawer takes two bytes of what follows.
    assert.deepEqual(
      lines.toSorted(),
      ['first', ...(one.lines ?? []), `${one.together ?? ''}after`].toSorted(),
    );
    const after = receipts.flatMap(({ runs }) => runs).find(({ text }) => text.endsWith('after'));
    if (one.look) assert.deepEqual({ ...after, ...one.look }, after);
    const [code] = receipt.barcodes;
    if (one.code) assert.deepEqual({ ...code, ...one.code }, code);
    else assert.equal(code, undefined);
    if (!one.picture) return;
    const [image] = receipt.images;
    assert.deepEqual([image?.width, image?.height], [32, 48]);
    assert.ok(image?.bits.every((byte, i) => byte === (i % 4 < 2 ? 0xff : 0)));
  }

  const samples: Readonly<Record<string, string>> = {
    CHINA: '金额 RMB 1.00 交易',
    HK_TW: '金額 1.00 交易',
    KOREA: '거래 금액 1.00',
  };

  /** Characters of the upper half of a code page, as many as there are on a line. */
  function charactersOf(charset: string): string {
    const upper = iconv.decode(Buffer.from(Array.from({ length: 128 }, (_, i) => i + 128)), charset);
    return [...upper]
      .filter((char) => /^[\p{L}\p{N}\p{Sc}]$/u.test(char))
      .slice(0, 40)
      .join('');
  }
});
