import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Bitmap } from './bitmap.ts';

const bitmap = fc
  .record({
    width: fc.integer({ min: 0, max: 40 }),
    height: fc.integer({ min: 0, max: 6 }),
    bits: fc.uint8Array({ minLength: 30, maxLength: 30 }),
  })
  .map(({ width, height, bits }) => new Bitmap(width, height, bits));
const place = fc.integer({ min: -12, max: 50 });
const times = fc.integer({ min: 1, max: 3 });

describe('escpos: bitmap', () => {
  it('prints every dot where it belongs and none elsewhere, wherever it is put', () => {
    fc.assert(
      fc.property(bitmap, bitmap, place, place, times, times, (paper, stamp, left, top, sx, sy) => {
        const wanted = new Bitmap(paper.width, paper.height, Uint8Array.from(paper.bits));
        for (let y = 0; y < stamp.height; y++) {
          for (let x = 0; x < stamp.width; x++) {
            if (stamp.at(x, y)) wanted.fill(left + x * sx, top + y * sy, sx, sy);
          }
        }
        paper.print(stamp, left, top, sx, sy);
        assert.deepEqual(paper.bits, wanted.bits);
      }),
      { numRuns: 500 },
    );
  });
});
