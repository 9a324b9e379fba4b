import type { LedgerEntry, TillRecord } from '../../model/book.ts';
import { formatMoney, sameMoney } from '../../model/money.ts';
import { type Facts, sixDigits } from '../facts.ts';
import { count, type Invariant, no, yes } from '../invariant.ts';
import { quoteEntry } from '../words.ts';

/**
 * A till that was told "approved" has money at the host, of the amount it was told; one that was told "declined" has
 * none. A till that was told nothing certain may ask again, so it is not wrong: `unknown` is never the opposite.
 */
export const theTillNeverBelievesTheOpposite: Invariant = {
  name: 'the-till-never-believes-the-opposite',
  title: {
    en: 'The till is never left believing the opposite of the host',
    zh: '收银机所知不得与主机相反',
  },
  needs: ['host', 'till'],
  judge(facts) {
    for (const record of facts.till) {
      if (record.outcome === 'unknown') continue;
      const charges = chargesOf(facts, record);
      const told = `the till was told that payment ${record.reference} of ${formatMoney(record.amount)} is ${record.outcome}`;
      const charge = charges[0];
      if (record.outcome === 'declined') {
        if (charge && !facts.inDoubt(charge))
          return no('terminal', `${told}, but the host booked ${quoteEntry(charge)}.`);
        continue;
      }
      if (!charge)
        return no('terminal', `${told}, but the host holds no charge of it${nearest(facts, record)}.`);
      if (!sameMoney(charge.booked, record.amount)) {
        return no('terminal', `${told}, but the host booked ${quoteEntry(charge)}.`);
      }
    }
    return yes(`${count(facts.till.length, 'till record')}, none the opposite of the host.`);
  },
};

/** By voucher number where the till knows it; else by the step during which it was told. */
function entriesOf(facts: Facts, record: TillRecord): readonly LedgerEntry[] {
  if (record.stan !== undefined) {
    const stan = sixDigits(record.stan);
    return facts.entries.filter((entry) => sixDigits(entry.stan) === stan);
  }
  const step = facts.input.steps.find((one) => one.asked && one.from <= record.at && record.at <= one.to);
  return step ? facts.entriesOf(step) : [];
}

const chargesOf = (facts: Facts, record: TillRecord) =>
  entriesOf(facts, record).filter((entry) => facts.moved(entry));

function nearest(facts: Facts, record: TillRecord): string {
  const entry = entriesOf(facts, record)[0];
  return entry ? `, only ${quoteEntry(entry)}` : '';
}
