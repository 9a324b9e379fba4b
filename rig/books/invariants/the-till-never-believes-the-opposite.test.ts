import assert from 'node:assert/strict';
import type { TillRecord } from '../../model/book.ts';
import { cny, Story } from '../fixture.ts';
import { theTillNeverBelievesTheOpposite as invariant } from './the-till-never-believes-the-opposite.ts';

const record = (outcome: TillRecord['outcome'], at: number, more: Partial<TillRecord> = {}): TillRecord => ({
  reference: 'T-1',
  outcome,
  amount: cny('20.00'),
  at,
  ...more,
});

describe(invariant.name, () => {
  it('holds when the till was told what the host did, or nothing certain', () => {
    const story = new Story();
    const sale = story.transaction();
    story.till.push(record('approved', 0, { stan: sale.stan }));
    story.transaction({ state: 'declined', outcome: 'declined', slip: false });
    story.till.push(record('declined', story.steps.at(-1)?.to ?? 0));
    story.transaction({ outcome: 'no-answer', slip: false });
    story.till.push(record('unknown', story.steps.at(-1)?.to ?? 0));
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('is broken by a till told approved without a charge, and by one told declined with one', () => {
    const approved = new Story();
    approved.transaction({ state: 'declined', outcome: 'declined', slip: false });
    approved.till.push(record('approved', approved.steps.at(-1)?.to ?? 0));
    const judgement = approved.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal');
    assert.match(judgement.reason, /T-1 of CNY 20\.00 is approved.*only sale voucher 000001.*declined/);
    const declined = new Story();
    const sale = declined.transaction();
    declined.till.push(record('declined', 0, { stan: sale.stan }));
    assert.match(declined.judge(invariant).reason, /is declined, but the host booked sale voucher 000001/);
  });

  it('is broken by another amount', () => {
    const story = new Story();
    const sale = story.transaction();
    story.till.push(record('approved', 0, { stan: sale.stan, amount: cny('2.00') }));
    assert.equal(story.judge(invariant).holds, 'no');
  });
});
