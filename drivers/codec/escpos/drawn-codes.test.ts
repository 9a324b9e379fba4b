import assert from 'node:assert/strict';
import { qrDots } from '../qr/picture.ts';
import { makeEscPosDecoder } from './decoder.ts';
import { isNothingBut, picturedCodes } from './drawn-codes.ts';
import { Bitmap } from './render/bitmap.ts';
import { renderReceipt } from './render/render.ts';
import { bytes, CHINESE, decode, ESC, GS, LF, receiptOf } from './testing/bytes.ts';
import { readableLines } from './text-lines.ts';

const LINK = 'https://example.com/pay?id=42';

/** A QR code as dots, with its quiet zone. */
function symbol(text: string, module: number): Bitmap {
  const rows = qrDots(text);
  const dots = new Bitmap(rows.length * module, rows.length * module);
  for (const [y, row] of rows.entries()) {
    for (const [x, dark] of row.entries()) if (dark) dots.fill(x * module, y * module, module, module);
  }
  return dots;
}

/** `GS v 0`. */
const raster = ({ stride, height, bits }: Bitmap) =>
  bytes(GS, 'v0', 0, stride & 255, stride >> 8, height & 255, height >> 8, bits);

/** `ESC * 33`: bands of 24 dots, column by column, as old printers are sent pictures. */
function bands(picture: Bitmap): Uint8Array {
  const parts = [bytes(ESC, '3', 24)];
  for (let top = 0; top < picture.height; top += 24) {
    const columns = new Uint8Array(picture.width * 3);
    for (let x = 0; x < picture.width; x++) {
      for (let y = 0; y < 24; y++) {
        const at = x * 3 + (y >> 3);
        if (picture.at(x, top + y)) columns[at] = (columns[at] ?? 0) | (0x80 >> (y & 7));
      }
    }
    parts.push(bytes(ESC, '*', 33, picture.width & 255, picture.width >> 8, columns, LF));
  }
  return bytes(...parts);
}

describe('codec: escpos codes that the sender drew', () => {
  for (const module of [2, 3, 4, 6]) {
    it(`reads a QR code of ${module} dots a module, as one picture and in bands`, () => {
      const picture = symbol(LINK, module);
      for (const content of [raster(picture), bands(picture)]) {
        const receipt = receiptOf(content);
        const [code, ...more] = receipt.barcodes;
        assert.deepEqual([more, code?.symbology, code?.payload], [[], 'qr', LINK]);
        assert.deepEqual([code?.module, code?.pictured], [module, true]);
        const side = picture.width - 8 * module;
        assert.deepEqual([code?.x, code?.y, code?.width, code?.height], [4 * module, 4 * module, side, side]);
        assert.ok(receipt.images.every((image) => isNothingBut(image, picturedCodes(receipt))));
        assert.deepEqual(readableLines(receipt).filter(Boolean), [
          `   [qr: ${LINK}]`.slice(Math.max(0, 3 - Math.round(module / 3))),
        ]);
      }
    });
  }

  it('finds it on a slip that is one picture, turned, and more than one', () => {
    const slip = new Bitmap(384, 900);
    slip.print(symbol(LINK, 3), 20, 100);
    slip.print(symbol('second', 4).turned(180), 200, 400);
    slip.fill(10, 700, 300, 3);
    const receipt = receiptOf(raster(slip));
    assert.deepEqual(receipt.barcodes.map(({ payload, turn }) => [payload, turn]).sort(), [
      [LINK, undefined],
      ['second', 180],
    ]);
    assert.equal(receipt.images.length, 1);
    assert.ok(!receipt.images.some((image) => isNothingBut(image, picturedCodes(receipt))));
  });

  it('draws no second symbol over the one that stands there', () => {
    const content = raster(symbol(LINK, 4));
    const receipt = receiptOf(content);
    assert.deepEqual(renderReceipt(receipt), renderReceipt({ ...receipt, barcodes: [] }));
  });

  it('finds the same whatever the split, and nothing in noise', () => {
    const noise = new Bitmap(200, 200);
    for (let i = 0; i < noise.bits.length; i++) noise.bits[i] = (i * 2654435761) >>> 24;
    const content = bytes(
      raster(noise),
      raster(symbol(LINK, 3)),
      GS,
      'V',
      0,
      raster(symbol('next', 3)),
      'x',
      LF,
    );
    const whole = decode(content);
    const decoder = makeEscPosDecoder(CHINESE);
    const split = [...content].flatMap((byte) => decoder.write(Uint8Array.of(byte)).receipts);
    assert.deepEqual([...split, ...decoder.end().receipts], whole.receipts);
    assert.deepEqual(
      whole.receipts.map(({ barcodes }) => barcodes.map(({ payload }) => payload)),
      [[LINK], ['next']],
    );
  });

  it('looks at no more dots than the sender paid for with bytes', () => {
    // A picture that the printer holds is printed with three bytes, again and again.
    const held = symbol(LINK, 8);
    const rows = Math.ceil(held.height / 8);
    const columns = new Uint8Array(held.stride * 8 * rows);
    for (let x = 0; x < held.width; x++) {
      for (let y = 0; y < held.height; y++) {
        const at = x * rows + (y >> 3);
        if (held.at(x, y)) columns[at] = (columns[at] ?? 0) | (0x80 >> (y & 7));
      }
    }
    const prints = Array.from({ length: 60 }, () => bytes(GS, '/', 0));
    const job = bytes(GS, '*', held.stride, rows, columns, ...prints, GS, 'V', 0, ...prints, GS, 'V', 0);
    const { receipts } = decode(job);
    const codes = receipts.flatMap(({ barcodes }) => barcodes);
    assert.deepEqual([receipts.length, codes[0]?.payload], [2, LINK]);
    const dots = codes.length * held.width * held.height;
    assert.ok(dots <= 4e6 + 64 * job.length, `${codes.length} codes for ${job.length} bytes`);
  });
});
