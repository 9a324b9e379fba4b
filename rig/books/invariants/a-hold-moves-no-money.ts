import { sameMoney } from '../../model/money.ts';
import { count, type Invariant, no, yes } from '../invariant.ts';
import { batchAt, sameTotals, totalsOf } from '../totals.ts';
import { quoteEntry, quoteTotals } from '../words.ts';

/**
 * A pre-authorisation blocks money and moves none: the host never has it as a posted payment, and neither side counts it
 * at settlement.
 */
export const aHoldMovesNoMoney: Invariant = {
  name: 'a-hold-moves-no-money',
  title: { en: 'A hold moves no money', zh: '预授权不动账' },
  needs: ['host'],
  judge(facts) {
    const holds = facts.entries.filter((entry) => entry.kind === 'pre-auth' && facts.stands(entry));
    const posted = holds.find((entry) => entry.state === 'posted' || entry.state === 'voided');
    if (posted)
      return no('acquirer', `the host has a pre-authorisation as money that moved: ${quoteEntry(posted)}.`);
    for (const settlement of facts.settlements) {
      const { currency } = settlement.claimed.debit;
      const entries = batchAt(facts, settlement);
      const held = holds.filter((entry) => entry.batch === settlement.batch && entry.at <= settlement.at);
      const first = held[0];
      if (!first) continue;
      const truth = totalsOf(entries, currency);
      const withHolds = {
        ...truth,
        debit: {
          currency,
          minor: truth.debit.minor + held.reduce((sum, { booked }) => sum + booked.minor, 0),
        },
        debitCount: truth.debitCount + held.length,
      };
      for (const [who, totals] of [
        ['terminal', settlement.claimed],
        ['acquirer', settlement.counted],
      ] as const) {
        if (sameMoney(withHolds.debit, truth.debit) || !sameTotals(totals, withHolds)) continue;
        return no(
          who,
          `at the settlement of batch ${settlement.batch} the ${who} counted ${quoteTotals(totals)}: that is the ledger's ${quoteTotals(truth)} and the holds on top, such as ${quoteEntry(first)}.`,
        );
      }
    }
    return yes(
      holds.length === 0 ? 'nothing was held.' : `${count(holds.length, 'hold')}, none of them moved money.`,
    );
  },
};
