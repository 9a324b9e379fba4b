import assert from 'node:assert/strict';
import fc from 'fast-check';
import { loadProtocol } from '../../till/protocol-file.ts';
import { type PaperLine, receiptReader, receiptTexts } from './receipt.ts';

const found = loadProtocol('ecr17').receipts;
assert.ok(found);
const setup = found;
const read = (...texts: string[]) => {
  const reader = receiptReader(setup);
  return texts.flatMap((text) => reader.push(text));
};

describe('receipts of ECR17', () => {
  it('end lines by 7D, or when they are full; styles last for their line; 1B ends the receipt', () => {
    const full = 'A'.repeat(24);
    assert.deepEqual(
      read(`  NEGOZIO}${full}B}}\x7fEUR 10,10}\x5e${'C'.repeat(42)}\x7b${'D'.repeat(12)}}}}}}}\x1b`),
      [
        {
          lines: [
            { text: '  NEGOZIO' },
            { text: full },
            { text: 'B' },
            { text: '' },
            { text: 'EUR 10,10', high: 2, bold: true },
            { text: 'C'.repeat(42) },
            { text: 'D'.repeat(12), wide: 2 },
          ],
          over: true,
        },
      ],
    );
  });

  it('are one text over several messages, and two receipts may stand in one', () => {
    assert.deepEqual(read('UNO}DU', 'E}\x1bTRE}\x1b'), [
      { lines: [{ text: 'UNO' }], over: false },
      { lines: [{ text: 'DUE' }], over: true },
      { lines: [{ text: 'TRE' }], over: true },
    ]);
    assert.deepEqual(read('SENZA FINE'), []);
  });

  it('are told in messages of 200 characters, what is long in small letters, marks and Chinese left out', () => {
    const long = 'MERCHANT NO: 898320400000001';
    const lines: PaperLine[] = [
      { text: '商户存根 COPY|{}' },
      { text: long },
      { text: 'AMOUNT          RMB  36.80', wide: 2, high: 2 },
      ...Array.from({ length: 20 }, (_, n) => ({ text: `LINE ${n}` })),
    ];
    const texts = receiptTexts(setup, lines);
    assert.ok(texts.length > 1 && texts.every((text) => text.length <= 200));
    const [told] = receiptReader(setup).push(texts.join(''));
    assert.deepEqual(told?.lines.slice(0, 3), [
      { text: 'COPY' },
      { text: long },
      { text: 'AMOUNT RMB 36.80', high: 2, bold: true },
    ]);
    assert.equal(told?.over, true);
  });

  it('any text is taken, however it is cut, and what was written is read again', () => {
    const anything = fc.string({ unit: fc.constantFrom(...'AB }\x7f\x7b\x5e\x1b\x00ÿ'), maxLength: 300 });
    fc.assert(
      fc.property(anything, fc.nat(300), (text, at) => {
        const join = (told: ReturnType<typeof read>) =>
          told.flatMap(({ lines }) => lines).filter(({ text }) => text);
        assert.deepEqual(join(read(text.slice(0, at), text.slice(at))), join(read(text)));
      }),
      { numRuns: 200 },
    );
    const line = fc.stringMatching(/^[A-Z0-9 .:]{0,60}$/);
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (texts) => {
        const told = read(
          ...receiptTexts(
            setup,
            texts.map((text) => ({ text })),
          ),
        );
        const said = told.flatMap(({ lines }) => lines.map(({ text }) => text)).join('');
        assert.equal(said.replaceAll(' ', ''), texts.join('').replaceAll(' ', ''));
        assert.equal(told.at(-1)?.over, true);
      }),
      { numRuns: 100 },
    );
  });

  it('are told in Chinese where the encoding of the protocol has it, two columns a character', () => {
    const setup = { columns: 16, longest: 40, line: '\n', end: '\x1b', styles: {} };
    const paper = [{ text: '无锡样板商店' }, { text: '消费金额总计人民币 12.50' }];
    const read = (encoding?: string) => {
      const reader = receiptReader(setup);
      const told = receiptTexts(setup, paper, encoding).flatMap((text) => reader.push(text));
      return told.flatMap(({ lines }) => lines.map(({ text }) => text));
    };
    assert.deepEqual(read('gb18030'), ['无锡样板商店', '消费金额总计人民', '币 12.50']);
    assert.deepEqual(read(), ['', '12.50']);
  });
});
