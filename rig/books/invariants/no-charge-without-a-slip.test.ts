import assert from 'node:assert/strict';
import { cny, Story } from '../fixture.ts';
import { noChargeWithoutASlip as invariant } from './no-charge-without-a-slip.ts';

describe(invariant.name, () => {
  it('holds for approved, declined, voided and reversed transactions of sound terminals', () => {
    const story = new Story();
    story.transaction();
    story.transaction({ state: 'declined', outcome: 'declined', slip: false });
    const lost = story.transaction({ outcome: 'no-answer', slip: false });
    story.reverse(lost);
    const sale = story.transaction({ amount: cny('5.00') });
    story.transaction({
      kind: 'void',
      amount: cny('5.00'),
      entry: { of: sale.id },
      slip: { amount: 'RMB -5.00' },
    });
    story.change(sale, { state: 'voided' });
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('is broken by money that moved without a merchant slip, and quotes the entry', () => {
    const story = new Story();
    story.transaction();
    const lost = story.transaction({ amount: cny('128.50'), outcome: 'no-answer', slip: false });
    story.slip(lost, 'customer');
    const judgement = story.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal');
    assert.match(judgement.reason, /voucher 000002 of CNY 128\.50.*no merchant slip/);
  });

  it('is broken by a slip of another amount, and quotes both', () => {
    const story = new Story();
    story.transaction({ slip: { amount: 'RMB 200.00' } });
    const judgement = story.judge(invariant);
    assert.equal(judgement.holds, 'no');
    assert.match(judgement.reason, /CNY 20\.00.*"RMB 200\.00"/);
  });

  it('takes a reprint for a slip', () => {
    const story = new Story();
    const entry = story.transaction({ outcome: null, slip: false });
    story.slip(entry, 'merchant', {}, true);
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('spares the one entry in doubt when the books are closed as they are', () => {
    const story = new Story();
    story.transaction({ outcome: 'no-answer', slip: false });
    const owed = { state: 'kept', content: { reversalOwed: true } } as const;
    assert.equal(story.judge(invariant, { close: 'as-is', terminal: owed }).holds, 'yes');
    assert.equal(story.judge(invariant, { close: 'balanced', terminal: owed }).holds, 'no');
    assert.equal(story.judge(invariant, { close: 'as-is' }).holds, 'no');
  });

  it('does not decide it by paper that no label of the profile fits, until a slip was read by them', () => {
    const story = new Story();
    story.transaction({ slip: false });
    story.paper('other', {});
    const [strange] = story.slips;
    assert.ok(strange);
    story.slips[0] = { ...strange, lines: ['TICKET', 'TOTAL 20,00', 'REF 7', 'MERCI'] };
    assert.equal(story.judge(invariant).holds, 'unknown');
    assert.equal(story.judge(invariant, { labelsProved: true }).holds, 'no');
    story.transaction();
    assert.equal(story.judge(invariant).holds, 'no');
  });

  it('leaves alone what was booked before the scenario', () => {
    const story = new Story();
    story.transaction({ slip: false });
    story.opening = 1;
    assert.equal(story.judge(invariant).holds, 'yes');
  });
});
