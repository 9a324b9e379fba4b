import assert from 'node:assert/strict';
import { Story, totals } from '../fixture.ts';
import { hostTotalsAreItsLedger as invariant } from './host-totals-are-its-ledger.ts';

const RIGHT = totals('20.00', 1);
const NONE = totals('0', 0);

function story(claimed = RIGHT, told: Parameters<Story['settle']>[1] = {}) {
  const one = new Story();
  one.transaction();
  one.settle(claimed, told);
  return one;
}

describe(invariant.name, () => {
  it('holds when the host counts its ledger, and says so when the terminal is wrong', () => {
    assert.equal(story().judge(invariant).holds, 'yes');
    const terminalWrong = story(NONE, { counted: RIGHT, result: 'not-balanced' });
    assert.equal(terminalWrong.judge(invariant).holds, 'yes');
  });

  it('is broken by a host that miscounts, and blames the acquirer', () => {
    const judgement = story(RIGHT, { counted: NONE, result: 'not-balanced' }).judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'acquirer');
    assert.match(judgement.reason, /counted 0 sales.*holds 1 sale of CNY 20\.00/);
  });

  it('is broken by a verdict that does not follow from the figures', () => {
    assert.match(story(RIGHT, { result: 'not-balanced' }).judge(invariant).reason, /called the settlement/);
    assert.equal(story(NONE, { counted: RIGHT, result: 'balanced' }).judge(invariant).holds, 'no');
  });

  it('is not held against an acquirer that was told to mislay an entry', () => {
    const told = story(RIGHT, { counted: NONE, result: 'not-balanced' });
    assert.equal(told.judge(invariant, { acquirerTold: ['mislay'] }).holds, 'not-asked');
    assert.equal(told.judge(invariant, { acquirerTold: ['late'] }).holds, 'no');
    assert.equal(story().judge(invariant, { acquirerTold: ['mislay'] }).holds, 'yes');
  });
});
