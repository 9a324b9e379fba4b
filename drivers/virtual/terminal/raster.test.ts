import assert from 'node:assert/strict';
import { decodeEscPos } from '../../codec/escpos/decoder.ts';
import { drawReceipt } from '../../codec/escpos/render/render.ts';
import { escposWriter } from './escpos-writer.ts';
import { asRaster } from './raster.ts';

const draw = (bytes: Uint8Array) =>
  decodeEscPos(bytes, { charset: 'gb18030', width: 384 }).receipts.map((receipt) => ({
    receipt,
    paper: drawReceipt(receipt),
  }));

describe('virtual terminal: slips as raster', () => {
  it('prints the same dots as pictures, without text, and cuts', () => {
    const slip = escposWriter()
      .heading('银联POS签购单', 'large')
      .field('参考号 REF NO', '123456789012')
      .rule()
      .feed(3)
      .cut()
      .bytes();
    const [text, raster] = [draw(slip)[0], draw(asRaster(slip))[0]];
    assert.ok(text && raster);
    assert.deepEqual([raster.receipt.runs.length, raster.receipt.end], [0, 'cut']);
    assert.ok(raster.receipt.images.length > 1);
    const inked = (paper: typeof text.paper) =>
      Buffer.from(paper.bits)
        .toString('hex')
        .replace(/(00)+$/, '');
    assert.equal(inked(raster.paper), inked(text.paper));
  });
});
