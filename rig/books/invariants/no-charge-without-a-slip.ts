import { formatMoney, sameMoney } from '../../model/money.ts';
import { count, type Invariant, no, unknown, yes } from '../invariant.ts';
import { quoteEntry, quoteSlip, quoteStep } from '../words.ts';

/**
 * Money that moved or is held, and was not reversed, has a merchant slip with its voucher number and its amount; a reprint will do.
 * Without one the merchant cannot prove the sale and the cardholder is charged for what looks like a failure.
 */
export const noChargeWithoutASlip: Invariant = {
  name: 'no-charge-without-a-slip',
  title: { en: 'No charge without a slip', zh: '无签购单不得扣款' },
  needs: ['host', 'slips'],
  judge(facts) {
    const charges = facts.entries.filter(
      (entry) =>
        facts.stands(entry) && !facts.inDoubt(entry) && !facts.leftOpen(entry) && !facts.twinOf(entry),
    );
    for (const entry of charges) {
      const slips = facts.slipsOf(entry).filter((slip) => slip.source.copy === 'merchant');
      const proof = slips.find(
        ({ amount, source }) =>
          amount?.ok &&
          sameMoney(
            { ...amount.money, minor: Math.abs(amount.money.minor) },
            facts.amountAt(entry, source.at),
          ),
      );
      if (proof) continue;
      const strange = slips.length === 0 ? facts.labelsDoubtful : undefined;
      if (strange)
        return unknown(
          `the host booked ${quoteEntry(entry)}; paper came, but by the labels of the profile no slip could be read on it ` +
            `(${strange.lines.filter((line) => line.trim() !== '').length} lines of text): the labels may not be those of this terminal.`,
        );
      const step = facts.stepOf(entry);
      const asked = step ? ` for ${quoteStep(step)}` : '';
      const nearest = slips[0]
        ? `the only merchant slip of it is the ${quoteSlip(slips[0])}`
        : 'no merchant slip of it was printed';
      return no(
        'terminal',
        `the host booked ${quoteEntry(entry)}${asked}, but ${nearest}: ${formatMoney(entry.booked)} moved or is held without a slip.`,
      );
    }
    return yes(`${count(charges.length, 'charge')} in the ledger, each with its merchant slip.`);
  },
};
