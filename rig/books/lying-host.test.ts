import assert from 'node:assert/strict';
import { closeBooks } from './books.ts';
import { cny, Story, totals } from './fixture.ts';

const findings = (story: Story) =>
  closeBooks(story.books()).results.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped');

/** An acquirer that says one thing and books another: every book that notices blames the acquirer, none the terminal. */
describe('a host that lies', () => {
  it('answers 00 and books nothing', () => {
    const story = new Story();
    story.transaction({ amount: cny('128.50') });
    story.transaction({ amount: cny('20.00') });
    story.ledger.shift();
    const uploaded = [
      { stan: '000001', amount: cny('128.50') },
      { stan: '000002', amount: cny('20.00') },
    ];
    story.settle(totals('148.50', 2), {
      counted: totals('20.00', 1),
      result: 'not-balanced',
      uploaded,
      uploadEnded: true,
    });
    const found = findings(story);
    assert.deepEqual(
      found.map(({ name, verdict, blame }) => `${name} ${verdict} ${blame}`),
      [
        'an-approval-moved-the-money broken acquirer',
        'no-slip-without-a-charge broken acquirer',
        'totals-equal-the-ledger-at-settlement broken acquirer',
      ],
    );
    assert.match(
      found[0]?.reason ?? '',
      /answered sale response, voucher 000001.*code 00.*no voucher 000001/,
    );
  });

  it('books twice', () => {
    const story = new Story();
    const sale = story.transaction({ amount: cny('128.50') });
    story.ledger.push({ ...sale, id: 'again', rrn: '999999999999' });
    story.settle(totals('128.50', 1), {
      counted: totals('257.00', 2),
      result: 'not-balanced',
      uploaded: [{ stan: sale.stan, amount: sale.booked }],
      uploadEnded: true,
    });
    const found = findings(story);
    assert.deepEqual(
      found.map(({ name, verdict, blame }) => `${name} ${verdict} ${blame}`),
      ['charged-at-most-once broken acquirer', 'totals-equal-the-ledger-at-settlement broken acquirer'],
    );
    assert.match(found[0]?.reason ?? '', /same voucher twice.*RRN 000000000001.*RRN 999999999999/);
  });

  it('sums of several currencies are never compared as numbers', () => {
    const story = new Story();
    const yen = { minor: 12_850, currency: 'JPY' };
    story.transaction({ amount: yen, slip: { amount: 'JPY 12850' } });
    story.settle(totals('128.50', 1));
    assert.deepEqual(
      findings(story).map(({ name, verdict }) => `${name} ${verdict}`),
      ['host-totals-are-its-ledger inconclusive', 'totals-equal-the-ledger-at-settlement inconclusive'],
    );
  });
});
