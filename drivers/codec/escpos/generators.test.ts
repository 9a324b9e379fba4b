import assert from 'node:assert/strict';
import ReceiptPrinterEncoder, {
  type BarcodeSymbology,
  type ReceiptPrinterEncoderOptions,
} from '@point-of-sale/receipt-printer-encoder';
import fc from 'fast-check';
import { decode, receiptOf } from './testing/bytes.ts';
import { readableLines, textLines } from './text-lines.ts';

describe('codec: escpos against receipt-printer-encoder', () => {
  const latin = { charset: 'cp437', width: 576 };
  const encoder = () =>
    new ReceiptPrinterEncoder({ printerModel: 'epson-tm-t88vi', columns: 48, codepageMapping: 'epson' });

  it('reads text, styles, tables and codes', () => {
    const content = encoder()
      .initialize()
      .codepage('auto')
      .align('center').bold(true).width(2).height(2).line('EXAMPLE SHOP').width(1).height(1).bold(false)
      .align('left')
      .table([{ width: 24, align: 'left' }, { width: 24, align: 'right' }], [['Crème brûlée', '€ 5.40'], ['Žižkov', '12.00']])
      .rule()
      .underline(true).line('underlined').underline(false)
      .invert(true).line('inverted').invert(false)
      .qrcode('https://example.com/r/1', { model: 2, size: 6, errorlevel: 'q' })
      .barcode('4006381333931', 'ean13', { height: 60, width: 2 })
      .cut()
      .encode(); // biome-ignore format: the receipt
    const receipt = receiptOf(content, latin);
    const lines = readableLines(receipt);
    assert.ok(
      lines.some((text) => /^Crème brûlée {30}€ 5\.40$/.test(text)),
      lines.join('\n'),
    );
    assert.ok(
      lines.some((text) => /^Žižkov {37}12\.00$/.test(text)),
      lines.join('\n'),
    );
    assert.ok(lines.includes('─'.repeat(48)), lines.join('\n'));
    const head = receipt.runs.find(({ text }) => text.includes('EXAMPLE SHOP'));
    assert.deepEqual([head?.bold, head?.scaleX, head?.scaleY, head?.x], [true, 2, 2, (576 - 12 * 24) / 2]);
    assert.equal(receipt.runs.find(({ text }) => text === 'underlined')?.underline, true);
    assert.equal(receipt.runs.find(({ text }) => text === 'inverted')?.inverse, true);
    assert.deepEqual(
      receipt.barcodes.map(({ symbology, payload }) => [symbology, payload.slice(0, 12)]),
      [
        ['qr', 'https://exam'],
        ['ean13', '400638133393'],
      ],
    );
    assert.deepEqual(receipt.unknown, []);
  });

  const SYMBOLS = {
    upca: '012345678905',
    upce: '01234565',
    ean13: '4006381333931',
    ean8: '40123455',
    code39: 'ABC123',
    itf: '12345678',
    codabar: 'A123B',
    code93: 'abc',
    code128: 'abc-128',
    'gs1-128': '01095011015300',
    'gs1-databar-omni': '0950110153000',
    'gs1-databar-limited': '0950110153000',
  } as const;
  /** What a model can print, as the encoder knows it. */
  interface Capabilities {
    readonly barcodes: { readonly symbologies: readonly string[] };
    readonly qrcode: { readonly models: readonly string[] };
    readonly pdf417: { readonly supported: boolean };
  }
  const models = ReceiptPrinterEncoder.printerModels
    .map(({ id }) => ({ printerModel: id }) as ReceiptPrinterEncoderOptions)
    .filter((options) => new ReceiptPrinterEncoder(options).language === 'esc-pos');

  for (const options of models) {
    it(`reads everything that it has for ${options.printerModel}`, () => {
      const receipt = new ReceiptPrinterEncoder(options);
      const { barcodes, qrcode, pdf417 } = receipt.printerCapabilities as Capabilities;
      const [model] = qrcode.models;
      receipt.initialize().italic(true).line('slanted').italic(false).size(2, 3).line('BIG').size(1, 1);
      receipt.lineSpacing('none').line('tight').lineSpacing('default').box({ width: 20 }, 'boxed');
      const symbols = (Object.entries(SYMBOLS) as [BarcodeSymbology, string][]).filter(([symbology]) =>
        barcodes.symbologies.includes(symbology),
      );
      for (const [symbology, payload] of symbols)
        receipt.barcode(payload, symbology, { height: 60, width: 2 });
      if (pdf417.supported) receipt.pdf417('PDF data', {});
      if (model !== undefined) receipt.qrcode('https://example.com/1', { model: model === '1' ? 1 : 2 });
      const data = new Uint8ClampedArray(64 * 64 * 4).map((_, i) => (i % 4 === 3 ? 255 : 0));
      receipt.image({ data, width: 64, height: 64 }, 64, 64, 'threshold').pulse().line('end').cut('partial');
      const read = receiptOf(receipt.encode(), latin);
      assert.deepEqual(read.unknown, []);
      const lines = textLines(read).map((text) => text.trim());
      for (const text of ['slanted', 'BIG', 'tight', '│boxed             │', 'end'])
        assert.ok(lines.includes(text), text);
      const big = read.runs.find(({ text }) => text === 'BIG');
      assert.deepEqual([big?.scaleX, big?.scaleY], [2, 3]);
      const wanted = [
        ...symbols,
        ...(pdf417.supported ? [['pdf417', 'PDF data']] : []),
        ...(model === undefined ? [] : [['qr', 'https://example.com/1']]),
      ].map(([, payload = '']) => payload.slice(0, 12));
      assert.deepEqual(
        read.barcodes.map(({ payload }) => payload.slice(0, 12)),
        wanted,
      );
      assert.ok(read.images.reduce((rows, { height }) => rows + height, 0) >= 64, 'the picture');
      assert.equal(read.end, 'cut');
    });
  }

  it('reads any Latin text back', () => {
    const text = fc.stringMatching(/^[A-Za-z0-9àéîõüßÄčšžŁ€Я№]{1,40}$/);
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), (texts) => {
        let receipt = encoder().initialize().codepage('auto');
        for (const one of texts) receipt = receipt.line(one);
        const [decoded] = decode(receipt.encode(), latin).receipts;
        // What the encoder finds in no code page it prints as a question mark itself.
        const shown = decoded ? textLines(decoded) : [];
        assert.equal(shown.length, texts.length);
        shown.forEach((got, i) => {
          const want = texts[i] ?? '';
          assert.ok(
            [...got].every((char, k) => char === [...want][k] || char === '?'),
            `${got} for ${want}`,
          );
          assert.equal([...got].length, [...want].length);
        });
      }),
      { numRuns: 40 },
    );
  });
});
