import assert from 'node:assert/strict';
import { cny, Story, totals } from '../fixture.ts';
import { reversedBeforeTheNextOnlineTransaction as invariant } from './reversed-before-the-next-online-transaction.ts';

/** A sale of 128.50 that the host booked and the terminal got no answer to. */
function lostSale(outcome: 'no-answer' | 'mac-error' | null = 'no-answer') {
  const story = new Story();
  const lost = story.transaction({ amount: cny('128.50'), outcome, slip: false });
  return { story, lost };
}

const reasonOf = (story: Story) => {
  const judgement = story.judge(invariant);
  assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal', judgement.reason);
  return judgement.reason;
};

describe(invariant.name, () => {
  it('holds when the reversal comes first and names the original', () => {
    for (const outcome of ['no-answer', 'mac-error', null] as const) {
      const { story, lost } = lostSale(outcome);
      story.reverse(lost);
      story.transaction();
      assert.equal(story.judge(invariant).holds, 'yes');
    }
  });

  it('is broken by another sale, refund or settlement before the reversal, and quotes both', () => {
    const { story, lost } = lostSale();
    story.transaction();
    story.reverse(lost);
    assert.match(
      reasonOf(story),
      /voucher 000001 of CNY 128\.50.*next online transaction, sale request, voucher 000002/,
    );
    const settled = lostSale();
    settled.story.settle(totals('0', 0));
    assert.match(reasonOf(settled.story), /settlement request/);
  });

  it('is broken by a reversal with a new voucher number, another batch or another amount', () => {
    for (const [told, quoted] of [
      [
        { stan: '000077', of: 'nobody', state: 'declined' },
        /names something else: reversal request, voucher 000077/,
      ],
      [{ batch: '000009' }, /batch 000009/],
      [{ requested: cny('1.00') }, /CNY 1\.00/],
    ] as const) {
      const { story, lost } = lostSale();
      story.reverse(lost, told);
      story.transaction();
      assert.match(reasonOf(story), quoted);
    }
  });

  it('asks for no reversal of what was approved, printed, or declined', () => {
    const story = new Story();
    story.transaction();
    const printed = story.transaction({ outcome: null });
    assert.ok(printed);
    story.transaction({ state: 'declined', outcome: 'declined', slip: false });
    story.transaction({ kind: 'refund', outcome: 'no-answer', slip: false });
    story.transaction();
    assert.equal(story.judge(invariant).reason, 'no reversal was owed.');
  });

  it('asks for it after a power cut of which nothing was printed', () => {
    const { story } = lostSale(null);
    story.transaction();
    reasonOf(story);
  });
});
