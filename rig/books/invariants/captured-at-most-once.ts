import type { LedgerEntry } from '../../model/book.ts';
import { formatMoney } from '../../model/money.ts';
import type { Facts } from '../facts.ts';
import { count, type Invariant, type Judgement, no, yes } from '../invariant.ts';
import { CAPTURES } from '../kinds.ts';
import { quoteEntry } from '../words.ts';

/** In China a completion may exceed its pre-authorisation by 15 %. */
const LIMIT_PERCENT = 115;

/**
 * A completion takes its money out of a hold that stands, of the same currency, at most 115 % of it; a hold is captured
 * once at most, and what is captured is not released as well.
 */
export const capturedAtMostOnce: Invariant = {
  name: 'captured-at-most-once',
  title: { en: 'A hold is captured at most once, and not above it', zh: '预授权最多完成一次且不超限' },
  needs: ['host'],
  judge(facts) {
    const captures = facts.entries.filter(
      (entry) => CAPTURES.includes(entry.kind) && entry.state === 'posted',
    );
    for (const [i, capture] of captures.entries()) {
      const wrong = judgeOne(facts, capture, captures.slice(0, i));
      if (wrong) return wrong;
    }
    return yes(`${count(captures.length, 'completion')}, each out of a hold of its own.`);
  },
};

function judgeOne(facts: Facts, capture: LedgerEntry, before: readonly LedgerEntry[]): Judgement | undefined {
  const hold = facts.ledger.find((entry) => entry.id === capture.of);
  if (hold?.kind !== 'pre-auth') {
    return no(
      'acquirer',
      `the host booked ${quoteEntry(capture)}, but ${hold ? `it refers to ${quoteEntry(hold)}` : 'no hold stands behind it'}.`,
    );
  }
  const first = before.find((other) => other.of === capture.of);
  if (first) {
    return no('acquirer', `one hold was captured twice: ${quoteEntry(first)} and ${quoteEntry(capture)}.`);
  }
  if (hold.state !== 'captured') {
    return no(
      'acquirer',
      `the host booked ${quoteEntry(capture)}, but its hold is not captured: ${quoteEntry(hold)}.`,
    );
  }
  const { booked } = capture;
  const above = booked.minor * 100 > hold.booked.minor * LIMIT_PERCENT;
  if (above || booked.currency !== hold.booked.currency) {
    return no(
      'acquirer',
      `the host let ${quoteEntry(capture)} take ${formatMoney(booked)} out of ${quoteEntry(hold)}; at most ${LIMIT_PERCENT} % of a hold may be captured.`,
    );
  }
  return undefined;
}
