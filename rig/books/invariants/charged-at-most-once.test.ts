import assert from 'node:assert/strict';
import { cny, Story } from '../fixture.ts';
import { chargedAtMostOnce as invariant } from './charged-at-most-once.ts';

describe(invariant.name, () => {
  it('holds for one charge a step, and for an attempt reversed and repeated', () => {
    const story = new Story();
    story.transaction();
    const first = story.transaction({ outcome: 'no-answer', slip: false });
    story.reverse(first);
    story.transaction();
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('is broken by a terminal that repeats with a new voucher number, and quotes both', () => {
    const story = new Story();
    story.transaction();
    const again = story.entry({ at: story.steps[0]?.to ?? 0 });
    story.ledger.push(again);
    const judgement = story.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal');
    assert.match(judgement.reason, /voucher 000001.*voucher 000002/);
  });

  it('is broken by a host that books the same voucher twice, and blames the acquirer', () => {
    const story = new Story();
    const entry = story.transaction();
    story.ledger.push({ ...entry, id: 'twin' });
    const judgement = story.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'acquirer');
    assert.match(judgement.reason, /twice/);
  });

  it('is broken by a charge that nobody asked for', () => {
    const story = new Story();
    story.ledger.push(story.entry({}));
    const judgement = story.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal');
    assert.match(judgement.reason, /no step had asked/);
  });

  it('gives a request that arrived during the next step to the step that sent it', () => {
    const story = new Story();
    const step = (from: number, amount: string, outcome: 'no-answer' | 'approved') => ({
      step: from,
      action: 'sale',
      asked: { kind: 'sale' as const, amount: cny(amount) },
      outcome,
      from,
      to: from + 9,
    });
    story.steps.push(step(10, '128.50', 'no-answer'), step(20, '20.00', 'approved'));
    story.ledger.push(story.entry({ at: 22 }));
    story.ledger.push(story.entry({ at: 23, requested: cny('128.50'), booked: cny('128.50') }));
    assert.equal(story.judge(invariant).holds, 'yes');
  });
});
