import { PAYS } from '../../model/book.ts';
import { formatMoney, sameMoney } from '../../model/money.ts';
import { count, type Invariant, no, unknown, yes } from '../invariant.ts';
import { quoteEntry, quoteSlip } from '../words.ts';

/** What a slip prints is what the host booked, to the last minor unit and in the same currency. */
export const slipAmountEqualsTheLedger: Invariant = {
  name: 'slip-amount-equals-the-ledger',
  title: { en: 'Slip amount equals the ledger', zh: '签购单金额与主机账一致' },
  needs: ['host', 'slips'],
  judge(facts) {
    let compared = 0;
    let unread: string | undefined;
    for (const slip of facts.slips) {
      const entry = facts.entryOf(slip);
      if (!entry || facts.declinedLater(entry)) continue;
      if (facts.torn(slip)) continue;
      if (!slip.amount?.ok) {
        unread ??= `of the ${quoteSlip(slip)} no amount could be read${slip.amount ? `: ${slip.amount.why}` : ''}.`;
        continue;
      }
      // Slips of voids and refunds print the amount with or without a minus.
      const signed = !PAYS.includes(entry.kind);
      const printed = signed
        ? { ...slip.amount.money, minor: Math.abs(slip.amount.money.minor) }
        : slip.amount.money;
      const booked = facts.amountAt(entry, slip.source.at);
      if (!sameMoney(printed, booked)) {
        return no(
          'terminal',
          `the ${quoteSlip(slip)} says ${formatMoney(slip.amount.money)}, but the host booked ${formatMoney(booked)}: ${quoteEntry(entry)}.`,
        );
      }
      compared++;
    }
    return unread
      ? unknown(unread)
      : yes(`${count(compared, 'slip')} compared with the ledger, all amounts equal.`);
  },
};
