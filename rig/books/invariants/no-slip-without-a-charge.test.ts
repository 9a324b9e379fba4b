import assert from 'node:assert/strict';
import { Story } from '../fixture.ts';
import { noSlipWithoutACharge as invariant } from './no-slip-without-a-charge.ts';

const reasonOf = (story: Story) => {
  const judgement = story.judge(invariant);
  assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal', judgement.reason);
  return judgement.reason;
};

describe(invariant.name, () => {
  it('holds for slips of money that moved, also when they leave out leading zeros or the batch', () => {
    const story = new Story();
    story.transaction({ slip: { stan: '1', batch: '1' } });
    story.transaction({ slip: { batch: '(none)', 'terminal-id': '(none)' } });
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('is broken by a slip of a declined or an unknown transaction', () => {
    const declined = new Story();
    declined.transaction({ state: 'declined', outcome: 'approved' });
    assert.match(reasonOf(declined), /merchant slip of voucher 000001.*declined with code 51/);
    const unknown = new Story();
    unknown.transaction({ state: null });
    assert.match(reasonOf(unknown), /no voucher 000001 in batch 000001/);
  });

  it('is broken by a slip with a reference number or authorisation code that the host never gave', () => {
    const story = new Story();
    story.transaction({ slip: { rrn: '999999999999' } });
    assert.match(reasonOf(story), /prints RRN 999999999999.*has 000000000001/);
    const other = new Story();
    other.transaction({ slip: { 'auth-code': '777777' } });
    assert.match(reasonOf(other), /authorisation code 777777/);
  });

  it('lets a void print the reference number of its original', () => {
    const story = new Story();
    const sale = story.transaction();
    story.transaction({
      kind: 'void',
      entry: { of: sale.id },
      slip: { rrn: sale.rrn, 'auth-code': sale.authCode },
    });
    story.change(sale, { state: 'voided' });
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('tolerates the slip of a reversed entry only if the terminal could not finish and said so', () => {
    const told = (reason: string, outcome: 'no-answer' | 'approved' | null, late = false) => {
      const story = new Story();
      const entry = story.transaction({ outcome, slip: late ? false : {} });
      story.reverse(entry, { reason });
      if (late) story.slip(entry, 'merchant');
      return story;
    };
    assert.equal(told('96', null).judge(invariant).holds, 'yes');
    assert.equal(told('06', 'no-answer').judge(invariant).holds, 'yes');
    assert.match(reasonOf(told('98', 'no-answer')), /reason 98/);
    assert.match(reasonOf(told('96', 'approved')), /showed it as approved/);
    assert.match(reasonOf(told('96', null, true)), /came after the reversal/);
  });

  it('blames the bench when the printer is that of another terminal', () => {
    const story = new Story();
    story.transaction({ slip: { 'terminal-id': '30009999' } });
    const judgement = story.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'bench');
  });

  it('does not know what a slip without a voucher number is of', () => {
    const story = new Story();
    story.transaction({ slip: { stan: '(none)' } });
    assert.equal(story.judge(invariant).holds, 'unknown');
  });

  it('knows a reprint of a transaction from before the scenario', () => {
    const story = new Story();
    const old = story.transaction({ slip: false });
    story.opening = 1;
    story.slip(old, 'merchant', {}, true);
    assert.equal(story.judge(invariant).holds, 'yes');
    story.slip(old, 'merchant');
    assert.match(reasonOf(story), /no voucher 000001/);
  });
});
