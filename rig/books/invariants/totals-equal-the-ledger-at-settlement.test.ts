import assert from 'node:assert/strict';
import { cny, Story, totals } from '../fixture.ts';
import { totalsEqualTheLedgerAtSettlement as invariant } from './totals-equal-the-ledger-at-settlement.ts';

const reasonOf = (story: Story) => {
  const judgement = story.judge(invariant);
  assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal', judgement.reason);
  return judgement.reason;
};

/** A sale, a voided sale with its void, a refund and a reversed sale. */
function day() {
  const story = new Story();
  story.transaction({ amount: cny('100.00') });
  const sale = story.transaction({ amount: cny('30.00') });
  story.transaction({ kind: 'void', amount: cny('30.00'), entry: { of: sale.id } });
  story.change(sale, { state: 'voided' });
  story.transaction({ kind: 'refund', amount: cny('7.00') });
  story.reverse(story.transaction({ outcome: 'no-answer', slip: false }));
  return story;
}
const RIGHT = totals('130.00', 2, '37.00', 2);
const details = (...list: readonly [string, string][]) =>
  list.map(([stan, amount]) => ({ stan, amount: cny(amount) }));

describe(invariant.name, () => {
  it('holds for sales, voids, refunds and reversals counted as the dialect counts them', () => {
    const story = day();
    story.settle(RIGHT);
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('counts entries of the batch from before the scenario, and a reversal only from when it came', () => {
    const story = day();
    story.opening = 4;
    const late = story.transaction({ outcome: 'no-answer', slip: false });
    story.settle(totals('150.00', 3, '37.00', 2));
    story.reverse(late);
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('is broken by a claim that differs in an amount or only in a count, and quotes both', () => {
    const story = day();
    story.settle(totals('150.00', 3, '37.00', 2));
    assert.match(reasonOf(story), /claimed 3 sales of CNY 150\.00.*holds 2 sales of CNY 130\.00/);
    const counted = day();
    counted.settle(totals('130.00', 2, '37.00', 1));
    reasonOf(counted);
  });

  it('holds for an upload of every voucher, with or without the cancelled pair', () => {
    for (const uploaded of [
      details(['000001', '100.00'], ['000004', '7.00']),
      details(['000001', '100.00'], ['000002', '30.00'], ['000003', '30.00'], ['000004', '7.00']),
    ]) {
      const story = day();
      story.settle(RIGHT, { result: 'not-balanced', counted: totals('0', 0), uploaded, uploadEnded: true });
      assert.equal(story.judge(invariant).holds, 'yes');
    }
  });

  it('is broken by an upload that lacks, invents, repeats or changes a voucher', () => {
    for (const [uploaded, quoted] of [
      [details(['000001', '100.00']), /nothing came of refund voucher 000004/],
      [
        details(['000001', '100.00'], ['000004', '7.00'], ['000099', '1.00']),
        /000099 of CNY 1\.00, which the ledger/,
      ],
      [details(['000001', '100.00'], ['000004', '7.00'], ['000001', '100.00']), /second time/],
      [details(['000001', '10.00'], ['000004', '7.00']), /voucher 000001 of CNY 10\.00, but the host booked/],
    ] as const) {
      const story = day();
      story.settle(RIGHT, { result: 'not-balanced', counted: totals('0', 0), uploaded, uploadEnded: true });
      assert.match(reasonOf(story), quoted);
    }
  });

  it('does not add currencies up', () => {
    const story = day();
    const hkd = { minor: 500, currency: 'HKD' };
    story.transaction({ amount: hkd });
    story.settle(RIGHT);
    const judgement = story.judge(invariant);
    assert.equal(judgement.holds, 'unknown');
    assert.match(judgement.reason, /HKD 5\.00/);
  });

  it('is not asked when nothing was settled', () => {
    assert.equal(day().judge(invariant).holds, 'not-asked');
  });
});
