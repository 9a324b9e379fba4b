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

  it('reads the same message in XML', () => {
    const xml = `<?xml version="1.0" encoding="UTF-8"?>
      <!-- a > b -->
      <n:SaleToPOIResponse xmlns:n="urn:nexo"><PaymentResponse>
        <PaymentReceipt DocumentQualifier="CashierReceipt"><OutputContent OutputFormat="Text">
          <OutputText CharacterStyle="Bold" Alignment="Centred" CharacterHeight='DoubleHeight'>商户存根</OutputText>
          <OutputText EndOfLineFlag="false">AMOUNT: </OutputText><OutputText>12.50 &lt;EUR&gt;</OutputText>
          <OutputText><Text>a &#38; b</Text><CharacterStyle>Underlined</CharacterStyle></OutputText>
          <n:OutputText Text="x > y"/>
          <OutputText><![CDATA[<1>]]></OutputText>
        </OutputContent></PaymentReceipt>
        <PaymentReceipt><OutputContent OutputFormat="XHTML">
          <OutputXHTML>${Buffer.from('<p>CUSTOMER COPY</p>').toString('base64')}</OutputXHTML>
          <OutputBarcode BarcodeType="QRCode">https://example.test/1</OutputBarcode>
        </OutputContent></PaymentReceipt>
      </PaymentResponse></n:SaleToPOIResponse>`;
    const [first, second] = nexoReceipts(xml) ?? [];
    assert.deepEqual(first && textLines(first).map((line) => line.trim()), [
      '商户存根',
      'AMOUNT: 12.50 <EUR>',
      'a & b',
      'x > y',
      '<1>',
    ]);
    assert.ok(first?.runs[0]?.bold && first.runs[0].scaleY === 2 && first.runs[0].x > 0);
    assert.ok(first?.runs.some(({ text: said, underline }) => underline && said === 'a & b'));
    assert.equal(second?.runs[0]?.text, 'CUSTOMER COPY');
    assert.deepEqual(
      second?.barcodes.map(({ symbology, payload }) => [symbology, payload]),
      [['qr', 'https://example.test/1']],
    );
  });

  it('takes broken and hostile XML as far as it goes', () => {
    const output = '<OutputContent><OutputText>A</OutputText>';
    for (const whole of [
      output,
      `${output}</OutputContent>`,
      `<a>${output}</b></a>`,
      `${output}<OutputText "`,
    ])
      assert.deepEqual(linesOf(whole)?.[0], ['A'], whole);
    for (const evil of ['<', '<a', '<!--', '<![CDATA[', '<OutputContent>', '</a>', '<a b="', '&#', '<a>'])
      nexoReceipts(`<OutputContent>${evil.repeat(100_000)}`);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...'<>/="\'&a OutputContent OutputText CDATA ['.split(/(?=\W)/))),
        (parts) => {
          nexoReceipts(`<OutputContent>${parts.join('')}`);
        },
      ),
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
