import type { LedgerEntry, Settlement, Totals } from '../model/book.ts';
import { sameMoney } from '../model/money.ts';
import type { Facts } from './facts.ts';

/** Entries of a settled batch whose money had moved when it was settled, oldest first. */
export function batchAt(facts: Facts, settlement: Settlement): readonly LedgerEntry[] {
  return facts.ledger.filter(
    (entry) =>
      entry.terminal === settlement.terminal &&
      entry.batch === settlement.batch &&
      (entry.kind === 'sale' || entry.kind === 'void' || entry.kind === 'refund') &&
      facts.movedAt(entry, settlement.at),
  );
}

/**
 * Totals of entries in one currency: debit = sales (voided ones too), credit = refunds and voids. Entries in another
 * currency are not added: the caller says so.
 */
export function totalsOf(entries: readonly LedgerEntry[], currency: string): Totals {
  const own = entries.filter((entry) => entry.booked.currency === currency);
  const sales = own.filter((entry) => entry.kind === 'sale');
  const credits = own.filter((entry) => entry.kind !== 'sale');
  const sum = (list: readonly LedgerEntry[]) => ({
    minor: list.reduce((minor, entry) => minor + entry.booked.minor, 0),
    currency,
  });
  return {
    debit: sum(sales),
    debitCount: sales.length,
    credit: sum(credits),
    creditCount: credits.length,
  };
}

export function sameTotals(a: Totals, b: Totals): boolean {
  return (
    sameMoney(a.debit, b.debit) &&
    a.debitCount === b.debitCount &&
    sameMoney(a.credit, b.credit) &&
    a.creditCount === b.creditCount
  );
}

/** An entry that a settlement message in `currency` cannot count. */
export const foreignEntry = (entries: readonly LedgerEntry[], currency: string): LedgerEntry | undefined =>
  entries.find((entry) => entry.booked.currency !== currency);
