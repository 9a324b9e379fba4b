import assert from 'node:assert/strict';
import type { OperationAction } from '../scenario/scenario.ts';
import { amountOf } from './entry.ts';
import type { Stage } from './stage.ts';
import type { StepRecord } from './step-record.ts';

const stage = { bench: { currency: 'CNY' } } as unknown as Stage;
const cny = (minor: number) => ({ minor, currency: 'CNY' });

/** A step that was approved for `approved`, or came to `outcome`. */
const done = (action: OperationAction, asked: number, approved = asked, outcome = 'approved') =>
  ({
    step: { action },
    kind: action.do,
    outcome,
    asked: cny(asked),
    seen: { exchanges: [{ request: { kind: action.do }, response: { code: '00', amount: cny(approved) } }] },
  }) as unknown as StepRecord;

describe('the amount of a step that refers to another', () => {
  const of = (action: OperationAction, ...before: StepRecord[]) => amountOf(stage, action, before)?.minor;
  const voided: OperationAction = { do: 'void', of: 1 };
  const sale = { do: 'sale', amount: '12.00' } as const;
  const tip = { do: 'adjust', of: 1, tip: '3.00' } as const;

  it('is what the original came to: all of it, the part that was approved, its tip with it', () => {
    assert.equal(of(voided, done(sale, 1200)), 1200);
    assert.equal(of(voided, done(sale, 1200, 750)), 750);
    assert.equal(of(voided, done(sale, 1200), done(tip, 1500)), 1500);
    assert.equal(of({ do: 'refund', of: 1 }, done(sale, 1200), done(tip, 1500, 1500, 'stored')), 1500);
    assert.equal(of(tip, done(sale, 1200, 750)), 1050);
  });

  it('is what was asked for where the answer says more, or did not count, and its own where it names one', () => {
    assert.equal(of(voided, done(sale, 1200, 1300)), 1200);
    assert.equal(of(voided, done(sale, 1200, 750, 'no-answer')), 1200);
    assert.equal(of(voided, done(sale, 1200), done(tip, 1500, 1500, 'refused')), 1200);
    assert.equal(of({ do: 'refund', of: 1, amount: '2.00' }, done(sale, 1200, 750)), 200);
  });
});
