import assert from 'node:assert/strict';
import { cny, Story } from '../fixture.ts';
import { slipAmountEqualsTheLedger as invariant } from './slip-amount-equals-the-ledger.ts';

describe(invariant.name, () => {
  it('holds when every slip prints what was booked, also for a part of what was asked', () => {
    const story = new Story();
    story.transaction();
    story.transaction({ amount: cny('100.00'), entry: { booked: cny('60.00') } });
    story.transaction({ kind: 'refund', slip: { amount: 'RMB -20.00' } });
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('is broken by a slip that prints what was asked though another amount was approved', () => {
    const story = new Story();
    story.transaction({
      amount: cny('100.00'),
      entry: { booked: cny('60.00') },
      slip: { amount: 'RMB 100.00' },
    });
    const judgement = story.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal');
    assert.match(judgement.reason, /"RMB 100\.00" says CNY 100\.00, but the host booked CNY 60\.00/);
  });

  it('is broken by the right number in the wrong currency, and by a sale with a minus', () => {
    for (const amount of ['HKD 20.00', 'RMB -20.00']) {
      const story = new Story();
      story.transaction({ slip: { amount } });
      assert.equal(story.judge(invariant).holds, 'no', amount);
    }
  });

  it('does not know when no amount can be read, but a wrong one elsewhere weighs more', () => {
    const story = new Story();
    story.transaction({ slip: { amount: 'RMB 20' } });
    assert.equal(story.judge(invariant).holds, 'unknown');
    story.transaction({ slip: { amount: '(none)' } });
    assert.equal(story.judge(invariant).holds, 'unknown');
    story.transaction({ slip: { amount: 'RMB 2000.00' } });
    assert.equal(story.judge(invariant).holds, 'no');
  });
});
