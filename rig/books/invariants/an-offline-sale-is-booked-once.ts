import type { LedgerEntry } from '../../model/book.ts';
import { sameMoney } from '../../model/money.ts';
import { type Facts, type ReadSlip, sameVoucher } from '../facts.ts';
import { count, type Invariant, no, unknown, yes } from '../invariant.ts';
import { quoteEntry, quoteMessage, quoteSlip, quoteStep } from '../words.ts';

/**
 * A sale that chip and terminal approved offline stands in the ledger once and only once: under the voucher number of its
 * slip, and under no other one. Told later is fine; told never, or told twice as if it were two, is not.
 */
export const anOfflineSaleIsBookedOnce: Invariant = {
  name: 'an-offline-sale-is-booked-once',
  title: { en: 'An offline sale is booked once and only once', zh: '离线交易入账一次且仅一次' },
  needs: ['host', 'slips'],
  judge(facts) {
    const steps = facts.input.steps.filter(
      (step) => step.asked?.kind === 'offline-sale' && step.outcome === 'stored',
    );
    if (steps.length === 0 && !facts.entries.some((entry) => entry.kind === 'offline-sale'))
      return yes('nothing was sold offline.');
    for (const entry of booked(facts)) {
      if (slipOf(facts, entry)) continue;
      const other = booked(facts).find(
        (candidate) =>
          candidate !== entry &&
          candidate.pan === entry.pan &&
          sameMoney(candidate.requested, entry.requested) &&
          slipOf(facts, candidate),
      );
      return no(
        'terminal',
        other
          ? `one offline sale was told twice, under two voucher numbers: ${quoteEntry(other)}, of which there is a slip, and ${quoteEntry(entry)}, of which there is none.`
          : `the host booked ${quoteEntry(entry)}, but no slip of it was ever printed.`,
      );
    }
    for (const step of steps) {
      const slip = facts.slips.find(
        ({ source }) => source.copy === 'merchant' && step.from <= source.at && source.at <= step.to,
      );
      if (!slip || booked(facts).some((entry) => sameVoucher(entry, slip))) continue;
      if (facts.declinedLater(facts.entryOf(slip))) continue;
      const lie = facts.unbooked.find(({ request }) => sameVoucher(request, slip));
      if (lie)
        return no(
          'acquirer',
          `the host answered ${quoteMessage(lie.response)}, but its ledger has no such voucher.`,
        );
      const said = `${quoteStep(step)} printed a ${quoteSlip(slip)}, but the host never booked it`;
      return facts.mayComeYet
        ? unknown(`${said}; the terminal has still something to send.`)
        : no('terminal', `${said}.`);
    }
    return yes(`${count(steps.length, 'offline sale')}, each booked once.`);
  },
};

const booked = (facts: Facts): readonly LedgerEntry[] =>
  facts.entries.filter((entry) => entry.kind === 'offline-sale' && facts.stands(entry));

const slipOf = (facts: Facts, entry: LedgerEntry): ReadSlip | undefined =>
  facts.slips.find((slip) => !slip.source.duplicate && sameVoucher(slip, entry));
