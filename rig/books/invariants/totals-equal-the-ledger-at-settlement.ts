import type { LedgerEntry, Settlement } from '../../model/book.ts';
import { formatMoney, sameMoney } from '../../model/money.ts';
import { type Facts, sixDigits } from '../facts.ts';
import { count, type Invariant, no, notAsked, unknown, yes } from '../invariant.ts';
import { GIVES_BACK } from '../kinds.ts';
import { answeredTotals, batchAt, beganUnseen, foreignEntry, sameTotals, totalsOf } from '../totals.ts';
import { quoteEntry, quoteTotals } from '../words.ts';

/**
 * What the terminal claims at settlement is what the ledger holds of that batch; and if the host called for a batch
 * upload and it came to its end, the details are the ledger's entries, voucher by voucher. A voided sale and its void may
 * both be uploaded or both be left out: acquirers differ.
 */
export const totalsEqualTheLedgerAtSettlement: Invariant = {
  name: 'totals-equal-the-ledger-at-settlement',
  title: { en: 'Totals equal the ledger at settlement', zh: '结算总额与主机账一致' },
  needs: ['host'],
  judge(facts) {
    if (facts.settlements.length === 0) return notAsked('no settlement reached the host.');
    const known = (entry: LedgerEntry) => !facts.leftOpen(entry);
    for (const settlement of facts.settlements) {
      const entries = batchAt(facts, settlement);
      const { claimed } = settlement;
      const foreign = foreignEntry(entries, claimed.debit.currency);
      if (foreign) {
        return unknown(
          `the settlement of batch ${settlement.batch} is in ${claimed.debit.currency} and cannot count ${quoteEntry(foreign)}.`,
        );
      }
      const truth = totalsOf(entries, claimed.debit.currency);
      if (!sameTotals(claimed, truth)) {
        if (settlement.unseen?.includes('beginning')) return unknown(beganUnseen(settlement, claimed));
        if (sameTotals(claimed, totalsOf(entries.filter(known), claimed.debit.currency)))
          return unknown(leftOut(settlement));
        const answered = answeredTotals(facts, settlement);
        if (answered && sameTotals(claimed, answered)) {
          return no(
            'acquirer',
            `at the settlement of batch ${settlement.batch} the terminal claimed ${quoteTotals(claimed)}, which is what the host had answered; its ledger holds ${quoteTotals(truth)}.`,
          );
        }
        return no(
          'terminal',
          `at the settlement of batch ${settlement.batch} the terminal claimed ${quoteTotals(claimed)}, but the ledger holds ${quoteTotals(truth)}.`,
        );
      }
      const wrong = settlement.uploadEnded ? judgeUpload(facts, settlement, entries) : undefined;
      if (wrong && settlement.unseen?.includes('beginning')) return unknown(beganUnseen(settlement, claimed));
      if (wrong && judgeUpload(facts, settlement, entries.filter(known)) === undefined)
        return unknown(leftOut(settlement));
      if (wrong) return no('terminal', wrong);
    }
    return yes(`${count(facts.settlements.length, 'settlement')}, each claiming what the ledger holds.`);
  },
};

const leftOut = ({ batch }: Settlement) =>
  `the settlement of batch ${batch} leaves out only what a fault kept from the terminal and what has no reversal.`;

function judgeUpload(
  facts: Facts,
  settlement: Settlement,
  entries: readonly LedgerEntry[],
): string | undefined {
  const where = `in the batch upload of batch ${settlement.batch}`;
  const left = entries.filter((entry) => !facts.twinOf(entry));
  for (const { stan, amount } of settlement.uploaded) {
    const i = left.findIndex((entry) => sixDigits(entry.stan) === sixDigits(stan));
    const entry = left[i];
    if (!entry && facts.unbooked.some(({ request }) => sixDigits(request.stan) === sixDigits(stan))) continue;
    if (!entry) {
      const twice = entries.some((other) => sixDigits(other.stan) === sixDigits(stan));
      return `${where} came voucher ${stan} of ${formatMoney(amount)}, ${twice ? 'for the second time' : 'which the ledger does not have as a charge'}.`;
    }
    if (!sameMoney(amount, entry.booked)) {
      return `${where} came voucher ${stan} of ${formatMoney(amount)}, but the host booked ${quoteEntry(entry)}.`;
    }
    left.splice(i, 1);
  }
  const cancelled = (entry: LedgerEntry) =>
    GIVES_BACK.includes(entry.kind) || facts.ledger.some((other) => voids(other, entry, settlement.at));
  const missing = left.find((entry) => !cancelled(entry));
  return missing && `${where} nothing came of ${quoteEntry(missing)}.`;
}

const voids = (other: LedgerEntry, entry: LedgerEntry, at: number) =>
  GIVES_BACK.includes(other.kind) && other.of === entry.id && other.state === 'posted' && other.at <= at;
