import assert from 'node:assert/strict';
import { CONFIDENCE_MIN } from '../../../rig/model/receipt.ts';
import { drawReceipt } from '../../codec/escpos/render/render.ts';
import { readSlip } from '../slip.ts';
import { layoutFor } from '../slip-layout.ts';
import { receiptOf } from '../testing/raster.ts';
import { bandsOf } from './bands.ts';
import type { PlacedWord } from './read-dots.ts';
import { runsOfWords } from './runs.ts';
import { ILLEGIBLE, withInkAccounted } from './unread-ink.ts';

const CELL = 12;
const layout = layoutFor([], 32);

/** A picture of lines of text, and what a reader that is sure of itself made of each: words by the cell at which they stand. */
function seen(
  printed: readonly string[],
  read: readonly (readonly (readonly [cell: number, text: string])[])[],
) {
  const receipt = receiptOf(`${printed.join('\n')}\n`);
  const picture = drawReceipt(receipt);
  const [first] = receipt.runs;
  const margin = (picture.width - receipt.width) / 2 + (first?.x ?? 0);
  const bands = bandsOf(picture);
  const words = read.flatMap((line, i) =>
    line.map(([cell, text]): PlacedWord => {
      const { top = 0, height = 24 } = bands[i] ?? {};
      return {
        text,
        x: margin + cell * CELL,
        y: top,
        width: text.length * CELL,
        height,
        line: i,
        scale: 1,
        confidence: 96,
      };
    }),
  );
  return withInkAccounted(picture, words);
}
const sure = (words: readonly PlacedWord[]) =>
  words.filter(({ confidence }) => confidence >= CONFIDENCE_MIN).map(({ text }) => text);

describe('printer: ink of which nothing was read', () => {
  it('leaves words as sure as they are where all ink is in one of them', () => {
    const words = seen(
      ['REF NO: 123456789012', 'SALE'],
      [
        [
          [0, 'REF'],
          [4, 'NO:'],
          [8, '123456789012'],
        ],
        [[0, 'SALE']],
      ],
    );
    assert.deepEqual(sure(words), ['REF', 'NO:', '123456789012', 'SALE']);
  });
  it('is sure of no word beside ink that is in none, on either side', () => {
    const cut = seen(
      ['REF NO: 123456789012'],
      [
        [
          [0, 'REF'],
          [4, 'NO:'],
          [8, '1234567890'],
        ],
      ],
    );
    assert.deepEqual(sure(cut), ['REF', 'NO:']);
    const begun = seen(
      ['REF NO: 123456789012'],
      [
        [
          [0, 'REF'],
          [4, 'NO:'],
          [10, '3456789012'],
        ],
      ],
    );
    assert.deepEqual(sure(begun), ['REF']);
    const minus = seen(
      ['RMB -128.50'],
      [
        [
          [0, 'RMB'],
          [5, '128.50'],
        ],
      ],
    );
    assert.deepEqual(sure(minus), []);
  });
  it('is not sure of a number that has fewer characters than pieces of ink', () => {
    const [word] = seen(['123456789012'], [[[0, '12345678012']]]).map((one) => ({
      ...one,
      width: 12 * CELL,
    }));
    assert.ok(word);
    const picture = drawReceipt(receiptOf('123456789012\n'));
    assert.deepEqual(sure(withInkAccounted(picture, [{ ...word, confidence: 96 }])), []);
    assert.deepEqual(sure(withInkAccounted(picture, [{ ...word, text: '123456789012', confidence: 96 }])), [
      '123456789012',
    ]);
  });
  it('shows a line of which nothing was read', () => {
    const words = seen(
      ['CARD NO:', '622202******1234'],
      [
        [
          [0, 'CARD'],
          [5, 'NO:'],
        ],
      ],
    );
    assert.deepEqual(
      words.map(({ text, confidence }) => [text, confidence]),
      [
        ['CARD', 96],
        ['NO:', 96],
        [ILLEGIBLE, 0],
      ],
    );
  });
  it('is sure of no empty value while the line below was not read, or may be the value misread', () => {
    const fieldOf = (words: readonly PlacedWord[], field: string) => {
      const { fields, reading } = readSlip({ ...receiptOf('x\n'), runs: runsOfWords(words) }, layout, 0);
      return { value: fields[field], sure: (reading?.fields[field] ?? 0) >= CONFIDENCE_MIN };
    };
    const label = [
      [0, 'CARD'],
      [5, 'NO:'],
    ] as const;
    const printed = ['CARD NO:', '622202******1234', 'SALE'];
    assert.deepEqual(fieldOf(seen(printed, [label, [], [[0, 'SALE']]]), 'pan'), { value: '', sure: false });
    assert.deepEqual(fieldOf(seen(printed, [label, [[0, 'G22Z02eeeeee1z34']], [[0, 'SALE']]]), 'pan'), {
      value: '',
      sure: false,
    });
    assert.deepEqual(fieldOf(seen(printed, [label, [[0, '622202******1234']], [[0, 'SALE']]]), 'pan'), {
      value: '622202******1234',
      sure: true,
    });
    const next = seen(
      ['CARD NO:', 'REF NO: 123456'],
      [
        label,
        [
          [0, 'REF'],
          [4, 'NO:'],
          [8, '123456'],
        ],
      ],
    );
    assert.deepEqual(fieldOf(next, 'pan'), { value: '', sure: true });
    const misread = seen(
      ['AMOUNT: RMB 5006.46'],
      [
        [
          [0, 'AMOUNT:'],
          [8, 'RMB'],
          [12, '50@6.46'],
        ],
      ],
    );
    assert.deepEqual(fieldOf(misread, 'amount'), { value: 'RMB 50@6.46', sure: false });
  });
});
