import assert from 'node:assert/strict';
import { Story } from '../fixture.ts';
import { aRefusalMovesNoMoney as invariant } from './a-refusal-moves-no-money.ts';

describe(invariant.name, () => {
  it('holds when the host declined, never heard of it, or was told to reverse', () => {
    const story = new Story();
    story.transaction({ state: 'declined', outcome: 'declined', slip: false });
    story.transaction({ state: null, outcome: 'no-connection', slip: false });
    story.reverse(story.transaction({ outcome: 'no-answer', slip: false }));
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('is broken by money that stays moved, and quotes step and entry', () => {
    for (const outcome of ['declined', 'no-connection', 'no-answer', 'mac-error', 'cancelled'] as const) {
      const story = new Story();
      story.transaction({ outcome, slip: false });
      const judgement = story.judge(invariant);
      assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal');
      assert.match(judgement.reason, new RegExp(`shown as ${outcome}.*voucher 000001`));
    }
  });

  it('blames the acquirer that answered a refusal and booked it', () => {
    const story = new Story();
    story.transaction({ outcome: 'declined', slip: false, entry: { responseCode: '51' } });
    const judgement = story.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'acquirer');
    assert.match(judgement.reason, /code 51 and booked sale voucher 000001/);
  });

  it('says that a reversal was tried and refused', () => {
    const story = new Story();
    const lost = story.transaction({ outcome: 'no-answer', slip: false });
    story.ledger.push(story.entry({ kind: 'reversal', of: lost.id, state: 'declined', responseCode: '12' }));
    assert.match(story.judge(invariant).reason, /reversal is declined with code 12/);
  });

  it('leaves open what has no reversal, when a fault of the rig kept the answer away', () => {
    const story = new Story();
    story.transaction({ kind: 'refund', outcome: 'no-answer', slip: false });
    const disturbed = [{ message: { kind: 'refund', stan: '000001' }, spoilt: true, from: 0, to: 0 }];
    const judgement = story.judge(invariant, { disturbed });
    assert.ok(judgement.holds === 'unknown');
    assert.match(judgement.reason, /no reversal of a refund.*by hand/);
    assert.equal(story.judge(invariant).holds, 'no');
    const sale = new Story();
    sale.transaction({ outcome: 'no-answer', slip: false });
    assert.equal(
      sale.judge(invariant, { disturbed: [{ spoilt: true, from: 0, to: Number.POSITIVE_INFINITY }] }).holds,
      'no',
    );
  });

  it('waits for a reversal still owed when the books are closed as they are', () => {
    const story = new Story();
    story.transaction({ outcome: 'no-answer', slip: false });
    const owed = { state: 'kept', content: { reversalOwed: true } } as const;
    assert.equal(story.judge(invariant, { close: 'as-is', terminal: owed }).holds, 'unknown');
  });
});
