import assert from 'node:assert/strict';
import { Story, totals } from '../fixture.ts';
import { settlementSlipEqualsTheClaim as invariant } from './settlement-slip-equals-the-claim.ts';

const RIGHT = totals('130.00', 2, '37.00', 2);

describe(invariant.name, () => {
  it('holds when the slip prints the claim, also when the settlement had to be sent twice', () => {
    const story = new Story();
    story.settle(RIGHT, {}, false);
    story.settle(RIGHT);
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('is broken by each figure that differs, and quotes both', () => {
    for (const [field, value] of [
      ['sales-count', '3'],
      ['sales-total', 'RMB 130.01'],
      ['credit-count', '0'],
      ['credit-total', 'RMB 0.00'],
      ['sales-count', 'two'],
    ] as const) {
      const story = new Story();
      story.settle(RIGHT, {}, { [field]: value });
      const judgement = story.judge(invariant);
      assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal', field);
      assert.ok(
        judgement.reason.includes(`${field} "${value}"`) &&
          judgement.reason.includes('2 sales of CNY 130.00'),
      );
    }
  });

  it('asks for no slip of a settlement whose paper nobody watched', () => {
    const story = new Story();
    story.settle(RIGHT, {}, false);
    const input = story.books();
    const steps = input.steps.map((step) => ({ ...step, unwatched: true as const }));
    assert.equal(story.judge(invariant).holds, 'no');
    assert.equal(story.judge(invariant, { steps }).holds, 'yes');
  });

  it('is broken by a settlement said to be done of which nothing was printed', () => {
    const story = new Story();
    story.settle(RIGHT, {}, false);
    const judgement = story.judge(invariant);
    assert.equal(judgement.holds, 'no');
    assert.match(judgement.reason, /printed no settlement slip/);
  });

  it('asks for no slip of a batch whose settlement nobody said was done, whatever was said of another', () => {
    const story = new Story();
    story.settle(RIGHT, { batch: '000001' });
    story.settle(RIGHT, { batch: '000002' }, false, 'no-answer');
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('does not know when a figure is not on the slip or cannot be read', () => {
    for (const value of ['(none)', 'RMB 130']) {
      const story = new Story();
      story.settle(RIGHT, {}, { 'sales-total': value });
      assert.equal(story.judge(invariant).holds, 'unknown');
    }
  });

  it('is not asked when nothing was settled', () => {
    assert.equal(new Story().judge(invariant).holds, 'not-asked');
  });
});
