import assert from 'node:assert/strict';
import { CharacterSet, PrinterTypes, ThermalPrinter } from 'node-thermal-printer';
import { decodeEscPos } from './decoder.ts';
import { textLines } from './text-lines.ts';

/** What the generator would send; nothing is printed. */
function job(fill: (printer: ThermalPrinter) => void, characterSet = CharacterSet.PC437_USA): Uint8Array {
  const printer = new ThermalPrinter({
    type: PrinterTypes.EPSON,
    interface: 'tcp://127.0.0.1:9',
    characterSet,
    width: 48,
  });
  fill(printer);
  return printer.getBuffer();
}

function read(content: Uint8Array, charset = 'cp437') {
  const { receipts, stray } = decodeEscPos(content, { charset, width: 576 });
  const [receipt] = receipts;
  assert.ok(receipt && receipts.length === 1);
  assert.deepEqual([receipt.unknown, stray], [[], []]);
  return receipt;
}

describe('codec: escpos against node-thermal-printer', () => {
  it('reads text, alignment, styles, sizes, tables and rules', () => {
    const receipt = read(
      job((printer) => {
        printer.alignCenter();
        printer.bold(true);
        printer.println('SALES RECEIPT');
        printer.bold(false);
        printer.alignLeft();
        printer.drawLine();
        printer.leftRight('Amount', 'RMB 128.50');
        printer.table(['one', 'two', 'three']);
        printer.tableCustom([
          { text: 'Item', align: 'LEFT', width: 0.5 },
          { text: '9.99', align: 'RIGHT', width: 0.5 },
        ]);
        printer.setTextDoubleHeight();
        printer.println('TALL');
        printer.setTextQuadArea();
        printer.println('BIG');
        printer.setTextNormal();
        printer.invert(true);
        printer.println('INVERSE');
        printer.invert(false);
        printer.underline(true);
        printer.println('UNDER');
        printer.underline(false);
        printer.upsideDown(true);
        printer.println('TURNED');
        printer.upsideDown(false);
        printer.setTypeFontB();
        printer.println('small');
        printer.cut();
      }),
    );
    const lines = textLines(receipt);
    assert.equal(lines[0]?.trim(), 'SALES RECEIPT');
    assert.match(lines[1] ?? '', /^-{48}$/);
    assert.equal(lines[2], `Amount${' '.repeat(32)}RMB 128.50`);
    assert.match(lines[3] ?? '', /^one {13}two {13}three$/);
    assert.match(lines[4] ?? '', /^Item {40}9\.99$/);
    const run = (text: string) => receipt.runs.find((candidate) => candidate.text.trim() === text);
    assert.equal(run('SALES RECEIPT')?.bold, true);
    assert.deepEqual([run('TALL')?.scaleX, run('TALL')?.scaleY], [1, 2]);
    assert.deepEqual([run('BIG')?.scaleX, run('BIG')?.scaleY], [2, 2]);
    assert.equal(run('INVERSE')?.inverse, true);
    assert.equal(run('UNDER')?.underline, true);
    assert.equal(run('TURNED')?.turn, 180);
    assert.equal(run('small')?.height, 17);
    assert.equal(receipt.end, 'cut');
  });

  it('reads its symbols', () => {
    const receipt = read(
      job((printer) => {
        printer.code128('ABC-123');
        printer.printBarcode('6901234567892', 67);
        printer.printQR('https://example.org/?a=1', { cellSize: 5, correction: 'M', model: 2 });
        printer.pdf417('pdf 417', {});
        printer.maxiCode('maxi', { mode: 4 });
        printer.cut();
      }),
    );
    assert.deepEqual(
      receipt.barcodes.map(({ symbology, payload }) => [symbology, payload]),
      [
        ['code128', 'ABC-123'],
        ['ean13', '6901234567892'],
        ['qr', 'https://example.org/?a=1'],
        ['pdf417', 'pdf 417'],
        ['maxicode', 'maxi'],
      ],
    );
    assert.deepEqual([receipt.barcodes[2]?.level, receipt.barcodes[2]?.module], ['M', 5]);
  });

  it('reads its code pages, Chinese among them', () => {
    const said = (text: string, set: CharacterSet, charset?: string) =>
      textLines(
        read(
          job((printer) => printer.println(text), set),
          charset,
        ),
      ).join('\n');
    assert.equal(said('Žluťoučký kůň', CharacterSet.PC852_LATIN2), 'Žluťoučký kůň');
    assert.equal(said('Съешь ещё', CharacterSet.PC866_CYRILLIC2), 'Съешь ещё');
    assert.equal(said('Größe €', CharacterSet.PC858_EURO), 'Größe €');
    assert.equal(said('金额 RMB 1.00', CharacterSet.CHINA, 'gb18030'), '金额 RMB 1.00');
  });
});
