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

  it('reads them as countries write them', () => {
    for (const [text, currency, locale, minor] of [
      ['1.234,56 €', 'EUR', 'de-DE', 123456],
      ['1 234,56 €', 'EUR', 'fr-FR', 123456],
      ['1 234,56 EUR', 'EUR', 'fr-FR', 123456],
      ["1'234.50", 'CHF', 'de-CH', 123450],
      ['¥1,234', 'JPY', 'ja-JP', 1234],
      ['1,234円', 'JPY', 'ja-JP', 1234],
      ['₩12,345', 'KRW', 'ko-KR', 12345],
      ['12,345원', 'KRW', 'ko-KR', 12345],
      ['$ 12.34', 'USD', 'en-US', 1234],
      ['$12.34', 'SGD', 'en-SG', 1234],
      ['£12.34', 'GBP', 'en-GB', 1234],
      ['NT$ 1,234.00', 'TWD', 'zh-TW', 123400],
      ['KWD 12.345', 'KWD', 'en-US', 12345],
      ['₹1,23,456.00', 'INR', 'en-IN', 12345600],
      ['R$ 1.234,56', 'BRL', 'pt-BR', 123456],
      ['12,34 zł', 'PLN', 'pl-PL', 1234],
      ['1 234,00 Kč', 'CZK', 'cs-CZ', 123400],
      ['12.345 ₫', 'VND', 'vi-VN', 12345],
    ] as const)
      assert.deepEqual(
        readPrintedAmount(text, currency, locale),
        { ok: true, money: { minor, currency } },
        text,
      );
  });

  it('takes a sign of several currencies only for the one of the terminal', () => {
    assert.equal(readPrintedAmount('$ 1.00', 'CNY').ok, false);
    assert.equal(readPrintedAmount('KR 1.00', 'EUR').ok, false);
    assert.deepEqual(readPrintedAmount('£1.00', 'EUR'), { ok: true, money: { minor: 100, currency: 'GBP' } });
    for (const [text, currency, locale] of [
      ['JPY 12.50', 'JPY', 'ja-JP'],
      ['KWD 12.50', 'KWD', 'en-US'],
      ['1.234', 'EUR', 'de-DE'],
      ['1,234', 'EUR', 'de-DE'],
    ] as const)
      assert.equal(readPrintedAmount(text, currency, locale).ok, false, text);
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

  it('reads amounts as slips of France, Belgium, Japan and Taiwan have them', () => {
    for (const [text, currency, locale, minor] of [
      ['1 234,56 EUR', 'EUR', 'fr-FR', 123456],
      ['12,50 €', 'EUR', 'fr-BE', 1250],
      ['12,345円', 'JPY', 'ja-JP', 12345],
      ['NTD 1,234.00', 'TWD', 'zh-TW', 123400],
      ['新臺幣 1,234.00', 'TWD', 'zh-TW', 123400],
    ] as const)
      assert.deepEqual(
        readPrintedAmount(text, currency, locale),
        { ok: true, money: { minor, currency } },
        text,
      );
    assert.equal(readPrintedAmount('1,234.56 EUR', 'EUR', 'fr-FR').ok, false);
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
