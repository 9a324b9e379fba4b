import assert from 'node:assert/strict';
import { cny, Story } from '../fixture.ts';
import { anApprovalMovedTheMoney as invariant } from './an-approval-moved-the-money.ts';

describe(invariant.name, () => {
  it('holds for approvals, for a part, and for a sale voided later', () => {
    const story = new Story();
    story.transaction();
    story.transaction({ amount: cny('100.00'), entry: { booked: cny('60.00') } });
    const sale = story.transaction();
    story.transaction({ kind: 'void', entry: { of: sale.id } });
    story.change(sale, { state: 'voided' });
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('knows without slips which step a stored sale is of, though it is told after a later one was refused', () => {
    const story = new Story();
    const offline = { kind: 'offline-sale', slip: false } as const;
    story.transaction({ ...offline, amount: cny('90.00'), outcome: 'stored' });
    story.transaction({ ...offline, amount: cny('50.00'), outcome: 'stored' });
    story.transaction({ ...offline, amount: cny('1.00'), state: null, outcome: 'refused' });
    const later = story.tick();
    for (const entry of [...story.ledger]) story.change(entry, { at: later });
    const slips = { state: 'absent', why: 'nobody watches' } as const;
    assert.equal(story.judge(invariant, { slips }).holds, 'yes');
    const [, second] = story.ledger;
    story.ledger.splice(story.ledger.indexOf(second ?? story.entry({})), 1);
    assert.match(JSON.stringify(story.judge(invariant, { slips })), /step 1 \(offline-sale of CNY 50\.00/);
  });

  it('is broken by an approval shown of what the host declined or never got', () => {
    const story = new Story();
    story.transaction({ state: 'declined' });
    const judgement = story.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal');
    assert.match(judgement.reason, /shown as approved.*declined with code 51/);
    const offline = new Story();
    offline.transaction({ state: null });
    assert.match(offline.judge(invariant).reason, /the host has no sale of it/);
  });

  it('is broken by an approval that the terminal reversed behind the merchant’s back', () => {
    const story = new Story();
    story.reverse(story.transaction());
    assert.match(story.judge(invariant).reason, /shown as approved.*reversed/);
  });

  it('is broken by a terminal that asked for another amount than was keyed', () => {
    const story = new Story();
    story.transaction({ entry: { requested: cny('2.00'), booked: cny('2.00') } });
    const judgement = story.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal');
    assert.match(judgement.reason, /sale of CNY 20\.00.*asked the host for CNY 2\.00/);
  });

  it('blames the acquirer that booked another amount than it answered', () => {
    const story = new Story();
    const entry = story.transaction();
    story.exchanges.length = 0;
    story.exchange(entry, { amount: cny('19.00') });
    const judgement = story.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'acquirer');
    assert.match(judgement.reason, /CNY 19\.00.*booked.*CNY 20\.00/);
  });
});
