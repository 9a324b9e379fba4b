import assert from 'node:assert/strict';
import { cny, Story } from '../fixture.ts';
import { onlyWhatWasAskedIsReversed as invariant } from './only-what-was-asked-is-reversed.ts';

describe(invariant.name, () => {
  const lost = { outcome: 'no-answer', slip: false, amount: cny('64.00') } as const;
  /** Times at which a host has answered, as the books need them to know that it did. */
  const answered = (story: Story) => {
    for (const [i, exchange] of story.exchanges.entries())
      story.exchanges[i] = { ...exchange, answeredAt: exchange.at };
    return story;
  };

  it('holds for the reversal of what the host has, and of what was lost on its way', () => {
    const story = new Story();
    story.reverse(story.transaction(lost));
    const second = story.transaction({ ...lost, state: null });
    story.reverse({ ...second, stan: '000777' });
    story.transaction();
    assert.equal(answered(story).judge(invariant).holds, 'yes');
  });

  it('is broken by a second reversal under a voucher number of its own', () => {
    const story = new Story();
    const sale = story.transaction(lost);
    story.reverse(sale);
    story.reverse(sale, { stan: '000002' });
    story.transaction();
    const judged = answered(story).judge(invariant);
    assert.ok(judged.holds === 'no' && judged.blame === 'terminal', judged.reason);
    assert.match(judged.reason, /reversal request, voucher 000002.*nobody asked for/);
  });

  it('forgives it where a fault may have taken the request away', () => {
    const story = new Story();
    const sale = story.transaction(lost);
    story.reverse(sale);
    story.reverse(sale, { stan: '000002' });
    const disturbed = [{ spoilt: true, from: 0, to: 1e9 }];
    story.steps[0] = {
      step: 0,
      action: 'sale',
      asked: { kind: 'sale' },
      outcome: 'no-answer',
      from: 0,
      to: 9,
    };
    assert.equal(story.judge(invariant, { disturbed }).holds, 'yes');
  });

  it('is broken by one that was answered as done and comes again, unless the answer may have been lost', () => {
    const story = new Story();
    const sale = story.transaction(lost);
    story.reverse(sale);
    story.reverse(sale);
    const judged = answered(story).judge(invariant);
    assert.ok(judged.holds === 'no' && judged.blame === 'terminal', judged.reason);
    assert.match(judged.reason, /answered as done and sent again/);
    assert.equal(story.judge(invariant, { acquirerTold: ['wrong-mac'] }).holds, 'yes');
    assert.equal(story.judge(invariant, { disturbed: [{ spoilt: true, from: 0, to: 1e9 }] }).holds, 'yes');
  });
});
