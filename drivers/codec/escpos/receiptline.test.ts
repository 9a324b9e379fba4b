import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PNG } from 'pngjs';
import receiptline, { type BaseCommand, type Encoding, type Printer } from 'receiptline';
import { scannedPayload } from '../../../rig/model/barcode.ts';
import type { Receipt } from '../../../rig/model/receipt.ts';
import { decode, receiptOf } from './testing/bytes.ts';
import { textLines } from './text-lines.ts';

/**
 * Receipts made by an encoder of other authors: what it was told must be what the decoder reads. What there is to be told
 * (printers, encodings, symbols, levels, what a printer is asked to do) is taken from the package itself.
 */
const { commands } = receiptline;

/** Printers that speak ESC/POS: all but the package's own formats and Star's languages. */
const PRINTERS = Object.keys(commands).filter((name) => !/^(base|svg|text)$|star/.test(name));
/** With a ribbon: 33 columns, no bars, two colours. */
const isImpact = (printer: string) => printer.startsWith('impact');

/** What a printer of that market has as its own charset, and what is printed. */
const TEXTS: Readonly<Record<string, readonly [charset: string, text: string]>> = {
  multilingual: ['cp437', 'Žluť Größe Чек £'],
  cp437: ['cp437', 'Größe ½'],
  cp852: ['cp437', 'Žluťoučký kůň'],
  cp858: ['cp437', 'Größe €'],
  cp860: ['cp437', 'informação'],
  cp863: ['cp437', 'Crème brûlée'],
  cp865: ['cp437', 'Rødgrød Å'],
  cp866: ['cp437', 'Чек оплаты'],
  cp1252: ['cp437', 'Señor “€”'],
  cp932: ['shift_jis', '取引: 売上 SALE ｶｰﾄﾞ'],
  shiftjis: ['shift_jis', '取引: 売上 SALE ｶｰﾄﾞ'],
  cp936: ['gb18030', '交易类型: 消费 SALE'],
  gb18030: ['gb18030', '交易类型: 消费 㐂 SALE'],
  cp949: ['euc-kr', '거래: 승인 SALE'],
  ksc5601: ['euc-kr', '거래: 승인 SALE'],
  cp950: ['big5', '交易類型: 消費 SALE'],
  big5: ['big5', '交易類型: 消費 SALE'],
  tis620: ['cp437', 'ขาย SALE'],
};
const ENCODINGS = ['multilingual', ...Object.keys(commands.escpos['codepage'])];

/** What a bar code of each type holds as it is written, and what a scanner reads. */
const BARS: Readonly<Record<string, readonly [symbology: string, data: string, read?: string]>> = {
  upc: ['upca', '012345678905'],
  ean: ['ean13', '4006381333931'],
  jan: ['ean8', '40123455'],
  code39: ['code39', 'ABC-123 $/+%.'],
  itf: ['itf', '12345678'],
  codabar: ['codabar', 'A12-3:4B'],
  nw7: ['codabar', 'C999D'],
  code93: ['code93', 'Code 93?!\\x7d@'],
  code128: ['code128', 'ab\\x7bc123456XYZ78'],
};

const picture = (() => {
  const png = new PNG({ width: 24, height: 16 });
  for (let i = 0; i < 24 * 16; i++)
    png.data.set([...Array(3).fill(((i % 24) >> 2) % 2 ? 255 : 0), 255], i * 4);
  return PNG.sync.write(png).toString('base64');
})();
const LINK = 'https://example.com/?q=1';

/** Everything that the language has. */
const DOCUMENT = `plain
left |
| right
normal "bold" _under_ \`inverse\`
${Array.from({ length: 7 }, (_, i) => `${'^'.repeat(i + 1)}size${i + 1}`).join('\n')}
one | two | three
---
{width:10,*,8;border:space}
a | b b | c
| d | e |
{border:none}
a | b | c
{border:2}
a |b| c
{border:line}
name | amount
---
x |y| z
{width:20,10}
left | right
{align:right}
moved | here
{width:auto;align:center}
full
{border:space}
{width:12;text:wrap}
a long text that is wrapped
{text:nowrap}
a long text that is cut off
{width:*;text:wrap}
escaped \\{ \\| \\} \\x41 \\\\ line\\nbreak ~tilde~ \\_ \\- \\" \\^
{comment:nothing of this}
${Object.entries(BARS)
  .map(
    ([type, [, data]], i) =>
      `{code:${data};option:${type},${2 + (i % 2)},${24 + 20 * i}${i % 2 ? ',hri' : ''}}`,
  )
  .join('\n')}
{code:01234565;option:upc,2,40}
${Object.keys(commands.escpos['qrlevel'])
  .map((level, i) => `{code:${LINK};option:qrcode,${3 + i},${level}}`)
  .join('\n')}
{image:${picture}}
{command:\\x1bE\\x01commanded\\n}
=
last
`;

const toBytes = (document: string, options: Printer) =>
  Buffer.from(receiptline.transform(document, options), 'latin1');

/** The rules of a table as the package's own text has them. */
const asText = (line: string) =>
  line
    .replace(/[╭╮╰╯├┤┬┴┼]/g, '+')
    .replaceAll('─', '-')
    .replaceAll('│', '|');
const isEnlarged = (line: string) => /^ *s *i *z *e/.test(line);
const comparable = (line: string) => (isEnlarged(line) ? line.replaceAll(' ', '') : line.trimEnd());
const comparableLines = (lines: readonly string[]) => lines.map(asText).map(comparable).filter(Boolean);

/** A printer of the package that notes what it is asked to do. */
function watched(name: string): { command: BaseCommand; used: Set<string> } {
  const used = new Set<string>();
  const command = { ...(commands as unknown as Record<string, BaseCommand>)[name] } as BaseCommand;
  for (const [member, does] of Object.entries(command)) {
    if (typeof does !== 'function') continue;
    command[member] = function (this: unknown, ...args: unknown[]) {
      used.add(member);
      return Reflect.apply(does, this, args);
    };
  }
  return { command, used };
}

const ASKED = Object.entries(commands.base).flatMap(([member, does]) =>
  typeof does === 'function' ? [member] : [],
);

describe('codec: escpos against receiptline', () => {
  for (const printer of PRINTERS) {
    for (const upsideDown of [false, true]) {
      it(`reads everything that it has for ${printer}${upsideDown ? ', upside down' : ''}`, () => {
        const cpl = isImpact(printer) ? 33 : 48;
        const { command, used } = watched(printer);
        const options: Printer = {
          cpl,
          encoding: 'multilingual',
          upsideDown,
          gradient: false,
          spacing: false,
        };
        const { receipts, stray } = decode(toBytes(DOCUMENT, { ...options, command }), {
          charset: 'cp437',
          width: cpl * 12,
        });
        assert.deepEqual(
          ASKED.filter((member) => !used.has(member)),
          [],
          'never asked of the printer',
        );
        const inOrder = upsideDown ? receipts.toReversed() : receipts;
        assert.deepEqual([inOrder.length, receipts.map(({ end }) => end), stray], [2, ['cut', 'cut'], []]);
        assert.deepEqual(
          receipts.flatMap(({ unknown }) => unknown),
          [],
        );
        const expected = receiptline
          .transform(DOCUMENT, { ...options, upsideDown: false, command: 'text' })
          .split('\n');
        const lines = comparableLines(inOrder.flatMap((receipt) => textLines(receipt)));
        const commanded = lines.findIndex((line) => line.trim() === 'commanded');
        assert.ok(commanded >= 0, lines.join('\n'));
        // Characters of font B are narrower than the columns; SII printers turn a line within its margins.
        const placed = printer !== 'impactb' && !(printer === 'sii' && upsideDown);
        const compared = (all: readonly string[]) =>
          placed ? all : all.map((line) => line.replaceAll(' ', ''));
        assert.deepEqual(compared(lines.toSpliced(commanded, 1)), compared(comparableLines(expected)));
        const [receipt] = inOrder;
        assert.ok(receipt);
        styles(receipt, isImpact(printer));
        pictures(receipt, printer, upsideDown);
        if (isImpact(printer)) assert.deepEqual(receipt.barcodes, []);
        else symbols(receipt, upsideDown);
      });
    }
  }

  function styles({ runs }: Receipt, impact: boolean): void {
    const run = (text: string) => runs.find((one) => one.text.trim() === text);
    assert.equal(run('bold')?.bold, true);
    assert.equal(run('under')?.underline, true);
    assert.equal(run('plain')?.bold, false);
    if (!impact) assert.equal(run('inverse')?.inverse, true);
    const sizes = [1, 2, 3, 4, 5, 6, 7].map((n) => run(`size${n}`)).map((one) => [one?.scaleX, one?.scaleY]);
    const double = [[2, 1], [1, 2], [2, 2]]; // biome-ignore format: pairs
    const more = impact ? Array(4).fill([2, 2]) : [[3, 3], [4, 4], [5, 5], [6, 6]]; // biome-ignore format: pairs
    assert.deepEqual(sizes, [...double, ...more]);
  }

  function pictures({ images }: Receipt, printer: string, upsideDown: boolean): void {
    const image = images.find(({ width, height }) => width < 75 && height > 4);
    assert.ok(image, 'the picture');
    if (isImpact(printer)) return;
    // Printers of Fujitsu turn pictures as well, and are sent them upright.
    const row = upsideDown && printer !== 'fit' ? 0x0f : 0xf0;
    assert.deepEqual([image.width, image.height, [...image.bits]], [24, 16, Array(48).fill(row)]);
  }

  function symbols({ barcodes }: Receipt, upsideDown: boolean): void {
    const codes = upsideDown ? barcodes.filter(({ pictured }) => !pictured).reverse() : barcodes;
    const bars = codes.filter(({ pictured }) => !pictured);
    const unescaped = (data: string) => data.replaceAll('\\x7b', '{').replaceAll('\\x7d', '}');
    const wanted = Object.values(BARS).map(([symbology, data]) => [symbology, unescaped(data)]);
    assert.deepEqual(
      bars.slice(0, -1).map((code) => [code.symbology, scannedPayload(code)]),
      wanted,
    );
    assert.deepEqual(
      bars.slice(0, -1).map(({ module, caption }) => [module, caption]),
      wanted.map((_, i) => [2 + (i % 2), i % 2 ? 'below' : undefined]),
    );
    assert.deepEqual([bars.at(-1)?.symbology, bars.at(-1)?.payload.slice(0, 11)], ['upce', '01234500006']);
    // They come as dots.
    const drawn = barcodes.filter(({ pictured }) => pictured);
    assert.deepEqual(
      drawn.map(({ symbology, payload, module }) => [symbology, payload, module]).sort(),
      Object.keys(commands.escpos['qrlevel']).map((_, i) => ['qr', LINK, 3 + i]),
    );
  }

  for (const encoding of ENCODINGS) {
    it(`reads ${encoding}`, () => {
      const [charset, text] = TEXTS[encoding] ?? assert.fail(`no text in ${encoding}`);
      for (const printer of PRINTERS) {
        const options = { cpl: 48, encoding: encoding as Encoding, command: commands[printer as 'escpos'] };
        const [word = ''] = text.split(/[ :]/);
        const table = `{width:*}\n|${text}\n{width:34,11;border:line}\n|${text} | 1 |\n---\n|^${word} | 2 |`;
        // A ribbon printer is not told to leave double bytes before it is sent rules.
        const document = isImpact(printer) ? `{width:*}\n|${text}` : table;
        const receipt = receiptOf(toBytes(document, options), { charset, width: 576 });
        const shown = textLines(receipt).join('\n');
        assert.ok(shown.startsWith(text), `${printer}: ${shown}`);
        if (isImpact(printer)) continue;
        assert.ok(shown.includes(`│${text}`), `${printer}: ${shown}`);
        const enlarged = receipt.runs.filter(({ scaleX }) => scaleX === 2);
        assert.equal(
          enlarged
            .map((run) => run.text)
            .join('')
            .trim(),
          word,
        );
      }
    });
  }

  it('reads any columns of any text back', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9.]{1,8}$/);
    const han = fc.constantFrom('金额', '卡号', '批次', '凭证', '终端');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.oneof(word, han), word), { minLength: 1, maxLength: 6 }), (rows) => {
        const document = `{width:12,20}\n${rows.map(([left, right]) => `${left} | ${right}`).join('\n')}\n`;
        const lines = textLines(
          receiptOf(toBytes(document, { cpl: 32, encoding: 'gb18030', command: 'escpos' })),
        );
        assert.deepEqual(
          lines.map((text) => text.trim().split(/\s+/)),
          rows,
        );
      }),
      { numRuns: 40 },
    );
  });
});
