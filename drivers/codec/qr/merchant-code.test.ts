import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type MerchantCode, merchantCode, readMerchantCode } from './merchant-code.ts';

/** Published example of a UnionPay code (github.com/phannaly/emv-qr-code): its objects stand in another order than ours. */
const PUBLISHED =
  '00020101021252044131153137210116372101160123456789ABCDE6010Phnom Penh5913Merchant Shop5802KH' +
  '540510.005303840622501081234567802090124444446304A0BA';

const CODE: MerchantCode = {
  acquirer: '48020000',
  forwarder: '48020000',
  merchant: '898320400000001',
  category: '5999',
  currency: '156',
  amount: '36.80',
  country: 'CN',
  name: 'SAMPLE SHOP',
  city: 'WUXI',
  bill: '000001000012',
  terminal: '30001001',
};

describe('codes that a terminal shows', () => {
  it('are read as others write them', () => {
    assert.deepEqual(readMerchantCode(PUBLISHED), {
      acquirer: '37210116',
      forwarder: '37210116',
      merchant: '0123456789ABCDE',
      category: '4131',
      currency: '840',
      amount: '10.00',
      country: 'KH',
      name: 'Merchant Shop',
      city: 'Phnom Penh',
      bill: '12345678',
    });
  });

  it('say what was put into them', () => {
    assert.deepEqual(readMerchantCode(merchantCode(CODE)), CODE);
    assert.match(
      merchantCode(CODE),
      /^0002010102121531480200004802000089832040000000152045999530315654053[.]?/,
    );
  });

  it('with one character another are none, and nothing makes reading them fail', () => {
    const text = merchantCode(CODE);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'0123456789AZ. '), (at, other) => {
        fc.pre(text[at] !== other);
        assert.equal(readMerchantCode(text.slice(0, at) + other + text.slice(at + 1)), undefined);
      }),
    );
    fc.assert(fc.property(fc.string(), (any) => void readMerchantCode(`000201${any}`)));
    assert.equal(readMerchantCode(`${text}0101A`), undefined);
    assert.equal(readMerchantCode('https://pay.example/o'), undefined);
  });
});
