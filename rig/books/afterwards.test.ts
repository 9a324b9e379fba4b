import assert from 'node:assert/strict';
import { closeBooks } from './books.ts';
import { cny, Story, totals } from './fixture.ts';

const failed = (story: Story) =>
  closeBooks(story.books())
    .results.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped')
    .map(({ name, blame }) => `${name} ${blame}`);

/** An offline sale whose slip is long printed, and what the acquirer makes of it afterwards. */
const told = (responseCode: string, state: 'declined' | 'refused' = 'declined') => {
  const story = new Story();
  story.transaction({
    kind: 'offline-sale',
    outcome: 'stored',
    amount: cny('50.00'),
    state,
    entry: { responseCode, booked: cny('0.00') },
    slip: { amount: 'RMB 50.00' },
  });
  story.exchanges.forEach((exchange, i) => {
    story.exchanges[i] = { ...exchange, answeredAt: exchange.at + 1 };
  });
  return story;
};

describe('what was stored and declined when it was told', () => {
  it('is nobody’s failure when the issuer decided so, and is counted no more', () => {
    const story = told('51');
    story.transaction({ amount: cny('1.00') });
    story.settle(totals('1.00', 1));
    assert.deepEqual(failed(story), []);
  });

  it('is the terminal’s when it counts it all the same', () => {
    const story = told('51');
    story.settle(totals('50.00', 1), { counted: totals('0', 0), result: 'not-balanced' });
    assert.ok(failed(story).includes('totals-equal-the-ledger-at-settlement terminal'));
  });

  it('is the terminal’s when the message was wrong, or turned away as it stood', () => {
    for (const story of [told('30'), told('51', 'refused')])
      assert.ok(failed(story).includes('an-offline-sale-is-booked-once terminal'));
  });
});

describe('a slip that a power cut tore', () => {
  const torn = (outcome: 'approved' | null) => {
    const story = new Story();
    const entry = story.transaction({ outcome, slip: { stan: '(none)', amount: '(none)' } });
    story.slip(entry, 'merchant');
    return failed(story);
  };

  it('stands for nothing once it was printed again whole', () => assert.deepEqual(torn(null), []));

  it('is not excused by a transaction that was not interrupted', () =>
    assert.deepEqual(torn('approved'), ['no-slip-without-a-charge bench']));
});
