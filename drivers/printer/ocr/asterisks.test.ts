import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Bitmap } from '../../codec/escpos/render/bitmap.ts';
import { drawReceipt } from '../../codec/escpos/render/render.ts';
import { receiptOf } from '../testing/raster.ts';
import { asterisksOf, without } from './asterisks.ts';

const countsIn = (text: string) => asterisksOf(drawReceipt(receiptOf(text))).map(({ count }) => count);

describe('printer: asterisks in pictures', () => {
  it('counts the asterisks of masked numbers, in every size and style', () => {
    assert.deepEqual(countsIn('622202******1234 C\n'), [6]);
    assert.deepEqual(countsIn('卡号 CARD: ************1234\n\n6222 **** **** 1234\n'), [12, 4, 4]);
    assert.deepEqual(countsIn('\x1d!\x11622202******1234\n'), [6]);
    assert.deepEqual(countsIn('\x1d!\x01622202******1234\n'), [6]);
    assert.deepEqual(countsIn('\x1bE\x01622202*********1234\n'), [9]);
    assert.deepEqual(countsIn('\x1bM\x01622202******1234\n'), [6]);
  });

  it('takes nothing else for asterisks', () => {
    for (const text of [
      '000000',
      'xxxxxx',
      'XXXXXX',
      '------',
      '++++++',
      '......',
      '######',
      '======',
      '""""""',
      "''''''",
    ])
      assert.deepEqual(countsIn(`622202${text}1234\n`), [], text);
    assert.deepEqual(countsIn('3 ** 4 * 5\n'), []);
    assert.deepEqual(countsIn('终端编号 TERMINAL NO: 30001001 gj0000jg 卡号 000000 888888\n'), []);
    assert.deepEqual(countsIn('商商商商商商 一一一一一 口口口口\n'), []);
  });

  it('takes them out of the picture and leaves the rest', () => {
    const drawn = (text: string) => drawReceipt(receiptOf(`${text}\n`));
    const picture = drawn('622202******1234');
    const rest = without(picture, asterisksOf(picture));
    assert.deepEqual(rest.bits, drawn('622202      1234').bits);
  });

  it('takes any picture, and finds places on it', () => {
    const sizes = fc.tuple(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 60 }));
    fc.assert(
      fc.property(sizes, fc.uint8Array({ maxLength: 900 }), ([width, height], bits) => {
        const picture = new Bitmap(width, height, bits);
        for (const { x, y, count, ...run } of asterisksOf(picture)) {
          assert.ok(count >= 3 && x >= 0 && y >= 0 && x + run.width <= picture.stride * 8);
        }
      }),
      { numRuns: 100 },
    );
  });
});
