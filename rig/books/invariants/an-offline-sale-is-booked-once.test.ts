import assert from 'node:assert/strict';
import { cny, Story } from '../fixture.ts';
import { anOfflineSaleIsBookedOnce as invariant } from './an-offline-sale-is-booked-once.ts';

describe(invariant.name, () => {
  const offline = { kind: 'offline-sale', outcome: 'stored', amount: cny('12.00') } as const;

  it('holds for sales of the same amount, each with its slip', () => {
    const story = new Story();
    story.transaction(offline);
    story.transaction(offline);
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('is broken by one sale told under two voucher numbers, quoting both', () => {
    const story = new Story();
    story.transaction(offline);
    story.ledger.push(
      story.entry({ kind: 'offline-sale', requested: offline.amount, booked: offline.amount }),
    );
    const judgement = story.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal');
    assert.match(judgement.reason, /under two voucher numbers: .*000001.*000002/);
  });

  it('is broken by a sale that was never told; as the books stand, that is open', () => {
    const story = new Story();
    story.transaction({ ...offline, state: null });
    const judgement = story.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal');
    assert.match(judgement.reason, /merchant slip of voucher 000001.*never booked it/);
    const terminal = { state: 'kept', content: { reversalOwed: false, noticeOwed: true } } as const;
    assert.equal(story.judge(invariant, { close: 'as-is', terminal }).holds, 'unknown');
  });

  it('is broken by a host that answered and booked nothing', () => {
    const story = new Story();
    story.transaction(offline);
    story.ledger.length = 0;
    const judgement = story.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'acquirer', judgement.reason);
  });
});
