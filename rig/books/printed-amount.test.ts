import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CURRENCIES, formatAmount } from '../model/money.ts';
import { readPrintedAmount } from './printed-amount.ts';

describe('amounts as printed', () => {
  it('reads the forms that slips use', () => {
    for (const [text, minor, currency] of [
      ['RMB 128.50', 12850, 'CNY'],
      ['RMB128.50', 12850, 'CNY'],
      ['¥1,234.50', 123450, 'CNY'],
      ['128.50', 12850, 'CNY'],
      ['HK$ 20.00', 2000, 'HKD'],
      ['JPY 500', 500, 'JPY'],
      ['KWD 1.250', 1250, 'KWD'],
      ['RMB -20.00', -2000, 'CNY'],
      ['RMB 0.00', 0, 'CNY'],
      ['RMB:128.50', 12850, 'CNY'],
      ['人民币：128.50', 12850, 'CNY'],
      ['人民币128.50元', 12850, 'CNY'],
      ['RMB 128.50 CNY', 12850, 'CNY'],
      ['128.50元', 12850, 'CNY'],
    ] as const) {
      assert.deepEqual(readPrintedAmount(text, 'CNY'), { ok: true, money: { minor, currency } }, text);
    }
  });

  it('refuses whatever it would have to guess', () => {
    for (const text of [
      '',
      'RMB',
      'RMB 128.5',
      'RMB 128',
      'RMB 128.500',
      'RMB 1,28.50',
      'RMB 128.5O',
      'RMB 128,50',
      'XXX 1.00',
      'toString 1.00',
      'RMB 99999999999999999.00',
      '1.00 2.00',
      'USD 1.00 元',
      'RMB:: 1.00',
      ': 1.00:',
      `RMB ${'1'.repeat(1000)}.00`,
    ]) {
      assert.equal(readPrintedAmount(text, 'CNY').ok, false, text);
    }
    assert.equal(readPrintedAmount('¥5.00', 'EUR').ok, false);
  });

  it('reads back every amount of every currency, and survives any text', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(CURRENCIES)), fc.maxSafeInteger(), (currency, minor) => {
        const money = { minor, currency };
        assert.deepEqual(readPrintedAmount(`${currency} ${formatAmount(money)}`, 'CNY'), { ok: true, money });
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => typeof readPrintedAmount(text, 'CNY').ok === 'boolean'));
  });
});
