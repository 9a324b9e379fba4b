import assert from 'node:assert/strict';
import { enlarged, pictureOf, qrDots } from '../../codec/qr/picture.ts';
import { makeScanner } from './scanner.ts';

describe('virtual scanner', () => {
  const blank = { width: 100, height: 100, luma: new Uint8Array(10_000).fill(255) };
  const seenBy = (...defects: string[]) => {
    const told: string[] = [];
    const scanner = makeScanner((text) => void told.push(text), { has: (id) => defects.includes(id) });
    for (const picture of [blank, enlarged(pictureOf(qrDots('one')), 4), undefined, blank])
      scanner.sees(picture);
    return told;
  };

  it('tells each code once, and nothing of what it cannot read', () => {
    assert.deepEqual(seenBy(), ['one']);
  });

  it('scanner-keeps-last-code: finds the code before in its buffer', () => {
    assert.deepEqual(seenBy('scanner-keeps-last-code'), ['one', 'one']);
  });
});
