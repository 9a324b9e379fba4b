import assert from 'node:assert/strict';
import { cny, Story } from '../fixture.ts';
import { anAdjustmentReplacesTheAmount as invariant } from './an-adjustment-replaces-the-amount.ts';
import { noChargeWithoutASlip } from './no-charge-without-a-slip.ts';
import { slipAmountEqualsTheLedger } from './slip-amount-equals-the-ledger.ts';

describe(invariant.name, () => {
  const adjusted = (booked: string) => {
    const story = new Story();
    const sale = story.transaction({ amount: cny('100.00') });
    story.transaction({ kind: 'adjust', amount: cny('115.00'), entry: { of: sale.id } });
    story.change(sale, { booked: cny(booked) });
    return story;
  };

  it('holds when the payment is booked with its new amount; the slips of both stay right', () => {
    const story = adjusted('115.00');
    for (const each of [invariant, noChargeWithoutASlip, slipAmountEqualsTheLedger]) {
      const judgement = story.judge(each);
      assert.equal(judgement.holds, 'yes', judgement.reason);
    }
  });

  it('is broken by a host that takes the tip and keeps the old amount, quoting both', () => {
    const judgement = adjusted('100.00').judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'acquirer');
    assert.match(
      judgement.reason,
      /adjust voucher 000002 of CNY 115\.00.*CNY 100\.00 booked.*sale voucher 000001/,
    );
  });

  it('is broken by an adjustment of nothing', () => {
    const story = new Story();
    story.transaction({ kind: 'adjust' });
    const judgement = story.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'acquirer');
  });
});
