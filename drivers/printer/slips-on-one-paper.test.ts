import assert from 'node:assert/strict';
import iconv from 'iconv-lite';
import { decodeEscPos } from '../codec/escpos/decoder.ts';
import { shippedCards } from './shown.ts';
import { readSlip } from './slip.ts';
import { layoutFor } from './slip-layout.ts';
import { slipsOn } from './slips-on-one-paper.ts';
import { asPicture } from './testing/raster.ts';

const layout = layoutFor([], 32);
const cards = shippedCards();
const paper = (text: string) => {
  const [receipt] = decodeEscPos(iconv.encode(text, 'gb18030'), { charset: 'gb18030', width: 384 }).receipts;
  assert.ok(receipt);
  return receipt;
};
const slip = (mark: string, amount = '12.00') => `      银联POS签购单
${mark}
终端编号: 20045512
卡号: 622848******0018 /C
批次号: 000218 凭证号: 004417
参考号: 118204410093
金额: RMB ${amount}
`;
const seen = (text: string) =>
  slipsOn(paper(text), layout, cards).map((receipt) => {
    const { copy, fields, lines } = readSlip(receipt, layout, 0);
    return [copy, fields['amount'], lines[0]?.trim()];
  });

describe('printer: copies on one paper', () => {
  it('part at the gap between them, wherever their marks stand', () => {
    const parted = [
      ['merchant', 'RMB 12.00', '银联POS签购单'],
      ['customer', 'RMB 13.00', '银联POS签购单'],
    ];
    assert.deepEqual(
      seen(`${slip('商户存根 MERCHANT COPY')}持卡人签名:\n\n\n\n${slip('持卡人存根', '13.00')}`),
      parted,
    );
    const below = (mark: string, amount: string) => slip('', amount) + mark;
    assert.deepEqual(
      seen(`${below('** MERCHANT COPY **', '12.00')}\n\n\n${below('** CUSTOMER COPY **', '13.00')}\n`),
      parted,
    );
  });
  it('part at the rule between them, and three of them twice', () => {
    const rule = '- - - - - - - - - - - - - - - -\n';
    assert.deepEqual(
      seen(`${slip('商户存根')}${rule}${slip('持卡人存根')}\n\n${slip('持卡人存根')}`).map(([copy]) => copy),
      ['merchant', 'customer', 'customer'],
    );
  });
  it('do not part what is one slip', () => {
    const one = (text: string) => assert.equal(seen(text).length, 1, text);
    one(slip('商户存根 MERCHANT COPY'));
    // What a slip says twice, and what no copy is marked on.
    one(`${slip('商户存根')}\n\n批次号: 000218\n金额: RMB 12.00\n请保留商户存根备查\n`);
    one(`${slip('')}\n\n${slip('')}`);
    // A number that runs over the place where they would part.
    const [card] = cards;
    assert.ok(card);
    const [start, end] = [card.pan.slice(0, 10), card.pan.slice(10)];
    one(`${slip('商户存根')}${start}\n\n\n${end}\n${slip('持卡人存根')}`);
  });
  it('keep their dots where they are printed as one picture', () => {
    const text = `${slip('商户存根')}\n\n\n${slip('持卡人存根')}`;
    const receipt = paper(text);
    const both = { ...asPicture(receipt), runs: receipt.runs };
    const parts = slipsOn(both, layout, cards);
    const [image] = both.images;
    assert.equal(parts.length, 2);
    const bytes = Buffer.concat(parts.map(({ images }) => images[0]?.bits ?? new Uint8Array()));
    assert.ok(bytes.equals(Buffer.from(image?.bits ?? [])));
    assert.equal(
      parts.reduce((sum, { height }) => sum + height, 0),
      both.height,
    );
  });
});
