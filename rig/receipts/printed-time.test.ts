import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readingsOf, secondsApart } from './printed-time.ts';

describe('date and time as printed', () => {
  for (const text of [
    '2026/11/22 09:30:15',
    '2026-11-22 09:30:15',
    '2026年11月22日 09:30:15',
    '2026年11月22日 09时30分15',
    '22/11/2026 09:30:15',
    '22.11.26 09:30:15',
    '11/22/2026 09:30:15',
    '11/22 09:30:15',
    '22 NOV 2026 09:30:15',
    'NOV22 is not this: 22-Nov-26 09:30:15',
    '20261122 093015',
    '20261122093015',
    '09:30:15 22/11/2026',
    '2026/11/22 09:30:15',
  ])
    it(`reads ${text}`, () => assert.equal(secondsApart(text, '1122', '093015'), 0));

  it('counts without seconds, over midnight and over the turn of the year', () => {
    assert.equal(secondsApart('2026/11/22 09:30', '1122', '093015'), 15);
    assert.equal(secondsApart('2026/11/23 00:00:05', '1122', '235955'), 10);
    for (const [printed, date, time, apart] of [
      ['2027/01/01 00:00:05', '1231', '235955', 10],
      ['2026/12/31 23:59:55', '0101', '000005', 10],
      ['01/01/27 00:00:05', '1231', '235955', 10],
      ['20270101 000005', '1231', '235955', 10],
      ['01/01 00:00:05', '1231', '235955', 10],
      ['12/31 23:59:55', '0101', '000005', 10],
      ['31-Dec 23:59:55', '0101', '000005', 10],
      // The end of February, by the year that is printed; without one by either.
      ['2027/03/01 00:00:05', '0228', '235955', 10],
      ['2028/02/29 00:00:05', '0228', '235955', 10],
      ['2028/03/01 00:00:05', '0229', '235955', 10],
      ['2028/03/01 00:00:05', '0228', '235955', 86_410],
      ['03/01 00:00:05', '0228', '235955', 10],
      ['2027/01/02 00:00:05', '1231', '235955', 86_410],
    ] as const)
      assert.equal(secondsApart(printed, date, time), apart, `${printed} beside ${date} ${time}`);
  });

  it('sees another day, and texts that are no moment', () => {
    assert.ok((secondsApart('2000/01/01 09:30:15', '1122', '093015') ?? 0) > 86_400);
    for (const text of ['', '128.50', '2026/11/22', '99:99', 'RMB 128.50'])
      assert.equal(secondsApart(text, '1122', '093015'), undefined, text);
    fc.assert(
      fc.property(fc.string(), (text) => typeof (secondsApart(text, '1122', '093015') ?? 0) === 'number'),
    );
  });
  it('reads years that are not counted from the common era', () => {
    const [moment] = readingsOf('令和8年4月12日 14時25分');
    assert.deepEqual(moment, { year: 2026, month: 4, day: 12, seconds: 14 * 3600 + 25 * 60 });
    assert.equal(readingsOf('115/04/12 14:25:03')[0]?.year, 2026);
    assert.equal(readingsOf('民國115年4月12日 14:25')[0]?.year, 2026);
    assert.ok(
      readingsOf('LE 12/04/26 A 14:25:03').some(
        ({ year, month, day }) => year === 2026 && month === 4 && day === 12,
      ),
    );
  });
});
