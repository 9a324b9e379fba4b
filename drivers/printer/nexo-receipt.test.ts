import assert from 'node:assert/strict';
import fc from 'fast-check';
import { textLines } from '../codec/escpos/text-lines.ts';
import { nexoReceipts } from './nexo-receipt.ts';

const text = (Text: string, more: Record<string, unknown> = {}) => ({ Text, ...more });
const message = (...contents: readonly unknown[]) =>
  JSON.stringify({
    SaleToPOIResponse: {
      PaymentResponse: {
        PaymentReceipt: contents.map((OutputContent) => ({
          DocumentQualifier: 'CustomerReceipt',
          OutputContent,
          RequiredSignatureFlag: false,
        })),
      },
    },
  });
const linesOf = (json: string, columns?: number) => nexoReceipts(json, columns)?.map(textLines);

describe('printer: receipts of nexo messages', () => {
  it('gives one receipt for each output, its texts line by line with their styles', () => {
    const json = message(
      {
        OutputFormat: 'Text',
        OutputText: [
          text('商户存根', { CharacterStyle: 'Bold', Alignment: 'Centred', CharacterHeight: 'DoubleHeight' }),
          text('AMOUNT: ', { EndOfLineFlag: false }),
          text('12.50', { EndOfLineFlag: true }),
        ],
      },
      { OutputFormat: 'Text', OutputText: text('CUSTOMER COPY') },
    );
    const [first, second] = nexoReceipts(json) ?? [];
    assert.deepEqual(
      linesOf(json)?.[0]
        ?.map((line) => line.trim())
        .filter(Boolean),
      ['商户存根', 'AMOUNT: 12.50'],
    );
    assert.ok(first?.runs[0]?.bold && first.runs[0].scaleY === 2 && first.runs[0].x > 0);
    assert.equal(second?.runs[0]?.text, 'CUSTOMER COPY');
  });

  it('tells label and value apart where a maker sends them as one query', () => {
    const json = message({
      OutputText: [
        text('name=Date&value=09%2F09%2F18&key=txdate'),
        text('name=MY%20SHOP&key=t'),
        text('a=b&c'),
      ],
    });
    const [lines] = linesOf(json, 24) ?? [];
    assert.deepEqual(
      lines?.filter((line) => line.trim() !== ''),
      ['Date            09/09/18', 'MY SHOP', 'a=b&c'],
    );
  });

  it('reads pages and barcodes', () => {
    const page =
      '<html><head><style>p{}</style></head><p>TOTAL &#49;2.50 &amp; thanks</p><table><tr><td>a</td><td>b</td></tr></table></html>';
    const [receipt] =
      nexoReceipts(
        message({
          OutputXHTML: Buffer.from(page).toString('base64'),
          OutputBarcode: { BarcodeType: 'QRCode', BarcodeValue: 'https://example.test/1' },
        }),
      ) ?? [];
    assert.deepEqual(
      receipt?.runs.map((run) => run.text),
      ['TOTAL 12.50 & thanks', 'a b'],
    );
    assert.deepEqual(
      receipt?.barcodes.map(({ symbology, payload }) => [symbology, payload]),
      [['qr', 'https://example.test/1']],
    );
  });

  it('reads hostile pages in time that grows with them', () => {
    for (const evil of ['<', '<style', '<style>', '</', '&#', '<br '])
      nexoReceipts(message({ OutputXHTML: Buffer.from(evil.repeat(200_000)).toString('base64') }));
  });

  it('is nothing else than that: other texts are left to others, and nothing throws', () => {
    for (const other of ['', 'AMOUNT 12.50', '{', '{"a":1}', '[1,2]', '{"OutputContent":5}'])
      assert.equal(nexoReceipts(other), undefined);
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        nexoReceipts(JSON.stringify({ OutputContent: value }));
        nexoReceipts(
          JSON.stringify({ OutputContent: { OutputText: value, OutputXHTML: value, OutputBarcode: value } }),
        );
      }),
    );
  });
});
