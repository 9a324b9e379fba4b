import assert from 'node:assert/strict';
import type { LedgerEntry } from '../../model/book.ts';
import { cny, Story } from '../fixture.ts';
import { capturedAtMostOnce as invariant } from './captured-at-most-once.ts';

describe(invariant.name, () => {
  const story = new Story();
  let current = story;
  const hold = (state: LedgerEntry['state'] = 'captured') => {
    current = new Story();
    return current.transaction({ kind: 'pre-auth', amount: cny('100.00'), state });
  };
  const complete = (
    amount: string,
    of: string | undefined,
    kind: 'completion' | 'completion-notice' = 'completion',
  ) => current.transaction({ kind, amount: cny(amount), entry: of === undefined ? {} : { of } });
  const broken = (pattern: RegExp) => {
    const judgement = current.judge(invariant);
    assert.ok(judgement.holds === 'no' && judgement.blame === 'acquirer', judgement.reason);
    assert.match(judgement.reason, pattern);
  };

  it('holds up to 115 % of a hold, online and by notice', () => {
    complete('115.00', hold().id);
    assert.equal(current.judge(invariant).holds, 'yes');
    complete('80.00', hold().id, 'completion-notice');
    assert.equal(current.judge(invariant).holds, 'yes');
  });

  it('is broken one fen above that', () => {
    complete('115.01', hold().id);
    broken(/CNY 115\.01 out of pre-auth voucher 000001/);
  });

  it('is broken by another currency', () => {
    const { id } = hold();
    const amount = { minor: 10_000, currency: 'HKD' };
    current.transaction({ kind: 'completion', amount, entry: { of: id } });
    broken(/HKD 100\.00 out of/);
  });

  it('is broken by a second capture, quoting both', () => {
    const { id } = hold();
    complete('50.00', id);
    complete('50.00', id);
    broken(/twice: completion voucher 000002.*completion voucher 000003/);
  });

  it('is broken by a completion without a hold, or out of one that was given back', () => {
    hold();
    complete('50.00', undefined);
    broken(/no hold stands behind it/);
    complete('50.00', hold('released').id);
    broken(/is not captured: pre-auth voucher 000001.*released/);
  });

  it('a completion that was voided leaves its hold to be captured again', () => {
    const { id } = hold();
    current.change(complete('50.00', id), { state: 'voided' });
    complete('60.00', id);
    assert.equal(current.judge(invariant).holds, 'yes');
  });
});
