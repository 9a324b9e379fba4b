import assert from 'node:assert/strict';
import type { LedgerEntry } from '../model/book.ts';
import { closeBooks } from './books.ts';
import { cny, Story, totals } from './fixture.ts';
import { possibleWorlds } from './worlds.ts';

const UNSEEN: Partial<LedgerEntry> = { state: 'unknown', responseCode: '' };

const worlds = (story: Story) =>
  possibleWorlds(story.books()).map(({ host }) =>
    host.state === 'kept' ? host.content.ledger.map(({ kind, state }) => `${kind} ${state}`).join(', ') : '',
  );

const verdicts = (story: Story) =>
  Object.fromEntries(closeBooks(story.books()).results.map((result) => [result.name, result]));

describe('books with entries of which nobody saw the decision', () => {
  it('is one world when everything is known', () => {
    const story = new Story();
    story.transaction();
    assert.deepEqual(worlds(story), ['sale posted']);
  });

  it('a request without an answer was carried out or not', () => {
    const story = new Story();
    story.transaction({ entry: UNSEEN });
    assert.deepEqual(worlds(story).sort(), ['sale declined', 'sale posted']);
  });

  it('so was a reversal or a void, and what it is about stands accordingly', () => {
    const reversed = new Story();
    const sale = reversed.transaction();
    reversed.reverse(sale, UNSEEN);
    reversed.change(sale, { state: 'unknown' });
    assert.deepEqual(worlds(reversed).sort(), [
      'sale posted, reversal declined',
      'sale reversed, reversal posted',
    ]);
    const story = new Story();
    const original = story.transaction();
    const taken = story.transaction({ kind: 'void', entry: { of: original.id } });
    story.reverse(taken, UNSEEN);
    story.change(original, { state: 'unknown' });
    story.change(taken, { state: 'unknown' });
    assert.deepEqual(worlds(story).sort(), [
      'sale posted, void reversed, reversal posted',
      'sale voided, void posted, reversal declined',
    ]);
  });

  it('gives a verdict that holds however it was, and none where it depends', () => {
    const story = new Story();
    story.transaction({ amount: cny('10.00') });
    story.transaction({ amount: cny('5.00'), entry: UNSEEN, slip: false, outcome: 'no-answer' });
    const found = verdicts(story);
    assert.equal(found['an-approval-moved-the-money']?.verdict, 'passed');
    const { verdict, blame, reason } = found['no-charge-without-a-slip'] ?? {};
    assert.deepEqual([verdict, blame], ['inconclusive', 'bench']);
    assert.match(reason ?? '', /^nobody saw the host's answer to sale voucher 000002 of CNY 5\.00/);
  });

  it('still finds what is wrong in every world', () => {
    const story = new Story();
    story.transaction({ entry: UNSEEN });
    story.transaction({ state: 'declined', outcome: 'declined' });
    assert.equal(verdicts(story)['no-slip-without-a-charge']?.verdict, 'failed');
  });

  it('gives up on more doubts than can be thought through', () => {
    const story = new Story();
    for (let i = 0; i < 7; i++) story.transaction({ entry: UNSEEN });
    assert.deepEqual(worlds(story), []);
    assert.equal(verdicts(story)['charged-at-most-once']?.verdict, 'inconclusive');
  });

  it('holds no totals against a ledger that may lack the beginning of the batch, nor totals that nobody saw', () => {
    const story = new Story();
    story.transaction();
    story.settle(totals('50.00', 2), { unseen: ['beginning'] });
    for (const name of ['totals-equal-the-ledger-at-settlement', 'host-totals-are-its-ledger']) {
      assert.equal(verdicts(story)[name]?.verdict, 'inconclusive', name);
    }
    const other = new Story();
    other.transaction();
    other.settle(totals('20.00', 1), { result: 'unknown', counted: totals('0', 0), unseen: ['counted'] });
    assert.equal(verdicts(other)['host-totals-are-its-ledger']?.verdict, 'passed');
    assert.equal(verdicts(other)['nothing-left-pending']?.verdict, 'inconclusive');
  });

  it('blames the acquirer whose export says otherwise than its answers, or has what nobody saw', () => {
    const story = new Story();
    const sale = story.transaction();
    const seen = { state: 'posted', booked: cny('20.00'), rrn: sale.rrn } as const;
    story.change(sale, { seen });
    assert.equal(verdicts(story)['the-export-is-what-was-seen']?.verdict, 'passed');
    for (const wrong of [
      { seen: { ...seen, booked: cny('2.00') } },
      { seen: { ...seen, state: 'declined' } },
      { seen: 'nothing' },
    ] as const) {
      story.change(sale, wrong);
      const { verdict, blame } = verdicts(story)['the-export-is-what-was-seen'] ?? {};
      assert.deepEqual([verdict, blame], ['broken', 'acquirer']);
    }
    story.change(sale, { seen: { ...seen, state: 'unknown', booked: cny('1.00') } });
    assert.equal(verdicts(story)['the-export-is-what-was-seen']?.verdict, 'passed');
  });
});
