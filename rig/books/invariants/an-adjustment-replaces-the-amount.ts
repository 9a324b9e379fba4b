import { formatMoney, sameMoney } from '../../model/money.ts';
import { count, type Invariant, no, yes } from '../invariant.ts';
import { quoteEntry } from '../words.ts';

/** An adjusted payment is booked with its new amount and nothing else changes: a tip is added once, to what it was given for. */
export const anAdjustmentReplacesTheAmount: Invariant = {
  name: 'an-adjustment-replaces-the-amount',
  title: { en: 'An adjustment replaces the amount', zh: '调整后以新金额入账' },
  needs: ['host'],
  judge(facts) {
    const adjustments = facts.entries.filter((entry) => entry.kind === 'adjust' && facts.stands(entry));
    for (const adjustment of adjustments) {
      const original = facts.ledger.find((entry) => entry.id === adjustment.of);
      if (!original) {
        return no('acquirer', `the host took ${quoteEntry(adjustment)}, but no payment stands behind it.`);
      }
      if (facts.adjustmentOf(original) !== adjustment || original.state !== 'posted') continue;
      if (!sameMoney(original.booked, adjustment.requested)) {
        return no(
          'acquirer',
          `the host took ${quoteEntry(adjustment)} and has ${formatMoney(original.booked)} booked all the same: ${quoteEntry(original)}.`,
        );
      }
    }
    return yes(`${count(adjustments.length, 'adjustment')}, each booked with its payment.`);
  },
};
