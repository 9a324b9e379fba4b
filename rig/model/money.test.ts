import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  CURRENCIES,
  currencyByNumeric,
  formatAmount,
  formatMoney,
  numericCode,
  parseAmount,
} from './money.ts';

describe('money', () => {
  it('keeps minor units exact where a float would not', () => {
    assert.deepEqual(parseAmount('128.50', 'CNY'), { minor: 12850, currency: 'CNY' });
    assert.deepEqual(parseAmount('0.07', 'CNY'), { minor: 7, currency: 'CNY' });
    assert.deepEqual(parseAmount('1.1', 'CNY'), { minor: 110, currency: 'CNY' });
    assert.deepEqual(parseAmount('500', 'JPY'), { minor: 500, currency: 'JPY' });
    assert.deepEqual(parseAmount('1.234', 'KWD'), { minor: 1234, currency: 'KWD' });
  });

  it('refuses what is not an amount of that currency', () => {
    for (const [text, currency] of [
      ['1.234', 'CNY'],
      ['1.5', 'JPY'],
      ['', 'CNY'],
      ['1,000', 'CNY'],
      ['1e3', 'CNY'],
      ['99999999999999999', 'CNY'],
      ['1', 'XXX'],
    ] as const) {
      assert.throws(
        () => parseAmount(text, currency),
        { name: 'RigError', code: 'FILE_INVALID' },
        `${text} ${currency}`,
      );
    }
  });

  it('formats what it parsed, for every currency', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e12, max: 1e12 }),
        fc.constantFrom(...Object.keys(CURRENCIES)),
        (minor, currency) => {
          assert.equal(parseAmount(formatAmount({ minor, currency }), currency).minor, minor);
        },
      ),
    );
    assert.equal(formatMoney({ minor: -5, currency: 'CNY' }), 'CNY -0.05');
  });

  it('knows ISO 4217 numeric codes both ways', () => {
    for (const code of Object.keys(CURRENCIES)) assert.equal(currencyByNumeric(numericCode(code)), code);
    assert.equal(numericCode('CNY'), '156');
  });
});
