import { count, type Invariant, no, notAsked, unknown, yes } from '../invariant.ts';
import { batchAt, beganUnseen, foreignEntry, sameTotals, totalsOf } from '../totals.ts';
import { quoteEntry, quoteTotals } from '../words.ts';

/** The totals with which the host answers a settlement are the sums of its own ledger, and its verdict follows from them. */
export const hostTotalsAreItsLedger: Invariant = {
  name: 'host-totals-are-its-ledger',
  title: { en: 'Host totals are its ledger', zh: '主机总额与其明细账一致' },
  needs: ['host'],
  judge(facts) {
    if (facts.settlements.length === 0) return notAsked('no settlement reached the host.');
    for (const settlement of facts.settlements) {
      const { batch, counted, claimed, result, unseen } = settlement;
      // An observer saw no totals of the host in the answer, or no answer.
      if (unseen?.includes('counted')) continue;
      const entries = batchAt(facts, settlement);
      const foreign = foreignEntry(entries, counted.debit.currency);
      if (foreign) return unknown(`totals in ${counted.debit.currency} cannot count ${quoteEntry(foreign)}.`);
      const truth = totalsOf(entries, counted.debit.currency);
      if (!sameTotals(counted, truth)) {
        if (unseen?.includes('beginning')) return unknown(beganUnseen(settlement, counted));
        if (facts.told('mislay')) {
          return notAsked(
            `the acquirer was told to mislay entries: it counted ${quoteTotals(counted)} where its ledger holds ${quoteTotals(truth)}.`,
          );
        }
        return no(
          'acquirer',
          `at the settlement of batch ${batch} the host counted ${quoteTotals(counted)}, but its ledger holds ${quoteTotals(truth)}.`,
        );
      }
      if (result !== 'error' && (result === 'balanced') !== sameTotals(claimed, counted)) {
        return no(
          'acquirer',
          `the host called the settlement of batch ${batch} ${result}, with ${quoteTotals(claimed)} claimed and ${quoteTotals(counted)} counted.`,
        );
      }
    }
    return yes(`${count(facts.settlements.length, 'settlement')} counted as the ledger has it.`);
  },
};
