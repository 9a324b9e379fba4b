import assert from 'node:assert/strict';
import { cny, Story, totals } from '../fixture.ts';
import { aHoldMovesNoMoney as invariant } from './a-hold-moves-no-money.ts';

describe(invariant.name, () => {
  const held = () => {
    const story = new Story();
    story.transaction({ kind: 'pre-auth', amount: cny('500.00'), state: 'held' });
    story.transaction({ amount: cny('20.00') });
    return story;
  };

  it('holds when neither side counts the hold', () => {
    const story = held();
    story.settle(totals('20.00', 1));
    assert.equal(story.judge(invariant).holds, 'yes');
  });

  it('is broken by a host that posts a pre-authorisation', () => {
    const story = new Story();
    story.transaction({ kind: 'pre-auth' });
    const judgement = story.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'acquirer');
    assert.match(judgement.reason, /pre-auth voucher 000001.*posted/);
  });

  it('is broken by whoever counts the hold at settlement, quoting totals and hold', () => {
    const counted = {
      claimed: totals('520.00', 2),
      counted: totals('20.00', 1),
      result: 'not-balanced',
    } as const;
    const terminal = held();
    terminal.settle(totals('20.00', 1), counted);
    const judgement = terminal.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'terminal');
    assert.match(judgement.reason, /CNY 520\.00.*CNY 20\.00.*pre-auth voucher 000001/);
    const acquirer = held();
    acquirer.settle(totals('20.00', 1), { ...counted, claimed: counted.counted, counted: counted.claimed });
    const other = acquirer.judge(invariant);
    assert.ok(other.holds === 'no' && other.blame === 'acquirer');
  });
});
