import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isNegative } from './one-amount.ts';
import { impossibleIn } from './possible-date.ts';

describe('dates and times that cannot be', () => {
  for (const text of [
    '2026/13/45 09:30:15',
    '2026-02-30 09:30:15',
    '2027/02/29 09:30:15',
    '2026年13月01日 09:30',
    '45/13/2026 09:30',
    '32.01.26 09:30',
    '13/45 09:30:15',
    '31 NOV 2026 09:30',
    'FEB 30, 2026 09:30',
    '2026/11/22 25:30:15',
    '2026/11/22 09:61',
    '20261345 093015',
    '20261122 256115',
    '2026/00/10 09:30:15',
    '２０２６／１３／４５ 09:30',
  ])
    it(`are seen: ${text}`, () => assert.ok(impossibleIn(text)));

  for (const text of [
    '2026/11/22 09:30:15',
    '2028-02-29 23:59:60',
    '2026年4月1日 9:30',
    '22/11/2026 09:30:15',
    '11/22/2026 9:30 AM',
    '22.11.26 09.30',
    '26/11/22 09:30',
    '11/22 09:30:15',
    '22 NOV 2026 09:30:15',
    'Nov 22, 2026 09:30 PM',
    '09:30:15 22/11/2026',
    '20261122 093015',
    '20261122093015',
    '2026/11/22 24:00:00',
    '2026年11月22日 09时30分15秒',
    '',
    'no date at all',
  ])
    it(`are not seen in ${text || 'nothing'}`, () => assert.equal(impossibleIn(text), undefined));

  it('are looked for in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) =>
        ['string', 'undefined'].includes(typeof impossibleIn(text)),
      ),
    );
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789/:-. 年月日') });
    fc.assert(fc.property(digits, (text) => ['string', 'undefined'].includes(typeof impossibleIn(text))));
    const real = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(
        real,
        (date) => impossibleIn(date.toISOString().slice(0, 19).replace('T', ' ')) === undefined,
      ),
    );
  });
});

describe('amounts below zero', () => {
  for (const text of [
    '-128.50',
    'RMB -128.50',
    '-RMB 128.50',
    'RMB:-128.50',
    '128.50-',
    '(128.50)',
    '−128.50',
    'RMB －128.50',
    '¥-1.00',
  ])
    it(`are ${text}`, () => assert.ok(isNegative(text)));
  for (const text of ['128.50', 'RMB 128.50', '+128.50', '¥1,234.50', 'RMB 128.50 (CNY)', '人民币 128.50元'])
    it(`are not ${text}`, () => assert.ok(!isNegative(text)));
});
