import assert from 'node:assert/strict';
import { bytes, CHINESE, ESC, FS, GS, LATIN, LF, receiptOf } from './testing/bytes.ts';
import { readableLines, textLines } from './text-lines.ts';

const DOTS = Uint8Array.from({ length: 36 }, (_, i) => (i * 37) & 255);
/** Defines A as 12 columns of 24 dots. */
const DEFINE_A = bytes(ESC, '&', 3, 'AA', 12, DOTS);

describe('codec: escpos characters that the sender draws', () => {
  it('prints them in their place, while they are switched on', () => {
    const receipt = receiptOf(bytes(DEFINE_A, 'A', ESC, '%', 1, 'xAy', ESC, '%', 0, 'A', LF), LATIN);
    assert.deepEqual(
      receipt.images.map(({ x, width, height, character }) => [x, width, height, character]),
      [[24, 12, 24, '41']],
    );
    assert.deepEqual(textLines(receipt), ['Ax yA']);
    assert.deepEqual(readableLines(receipt), ['Ax\u25afyA']);
    // The top left dot is the highest bit of the first byte, the next column begins three bytes on.
    const [image] = receipt.images;
    const dot = (x: number, y: number) => ((image?.bits[y * 2 + (x >> 3)] ?? 0) & (0x80 >> (x & 7))) !== 0;
    for (let x = 0; x < 12; x++) {
      for (let y = 0; y < 24; y++)
        assert.equal(dot(x, y), ((DOTS[x * 3 + (y >> 3)] ?? 0) & (0x80 >> (y & 7))) !== 0);
    }
  });

  it('enlarges and cancels them, and forgets them with ESC @', () => {
    const on = bytes(DEFINE_A, ESC, '%', 1);
    const big = receiptOf(bytes(on, GS, '!', 0x12, 'A', LF), LATIN);
    assert.deepEqual([big.images[0]?.width, big.images[0]?.height], [24, 72]);
    assert.equal(receiptOf(bytes(on, ESC, '?A', 'A', LF), LATIN).images.length, 0);
    assert.equal(receiptOf(bytes(on, ESC, '@', ESC, '%', 1, 'A', LF), LATIN).images.length, 0);
    assert.equal(receiptOf(bytes(on, ESC, 'M', 1, 'A', LF), LATIN).images.length, 0);
  });

  it('knows characters of two bytes, also when they are split', () => {
    const job = bytes(FS, '2', 0xfe, 0xa1, new Uint8Array(72).fill(0xff), '金', 0xfe, 0xa1, '额', LF);
    const receipt = receiptOf(job, CHINESE);
    assert.deepEqual(
      receipt.images.map(({ x, width, character }) => [x, width, character]),
      [[24, 24, 'fea1']],
    );
    assert.deepEqual(textLines(receipt), ['金  额']);
  });
});

describe('codec: escpos macros', () => {
  it('prints what is recorded, and again when it is told to', () => {
    const receipt = receiptOf(bytes(GS, ':', 'one', LF, GS, ':', 'two', LF, GS, '^', 2, 0, 0), LATIN);
    assert.deepEqual(textLines(receipt), ['one', 'two', 'one', 'one']);
  });

  it('is void when it is executed while it is recorded', () => {
    const receipt = receiptOf(bytes(GS, ':', 'one', LF, GS, '^', 2, 0, 0, GS, '^', 2, 0, 0), LATIN);
    assert.deepEqual(textLines(receipt), ['one']);
  });

  it('is not repeated without end', () => {
    const again = bytes(GS, '^', 255, 0, 0);
    const receipt = receiptOf(bytes(GS, ':', 'x', LF, GS, ':', again, again), LATIN);
    assert.equal(receipt.runs.length, 1 + 64);
    // Both commands are shown as one stretch.
    assert.equal(receipt.unknown.length, 1);
  });
});
