import { type LedgerEntry, PAYS, type Settlement, type Totals } from '../model/book.ts';
import { sameMoney } from '../model/money.ts';
import type { Facts } from './facts.ts';
import { MOVES_MONEY } from './kinds.ts';
import { quoteTotals } from './words.ts';

/** Entries of a settled batch whose money had moved when it was settled, oldest first. */
export function batchAt(facts: Facts, settlement: Settlement): readonly LedgerEntry[] {
  return facts.ledger.filter(
    (entry) =>
      entry.terminal === settlement.terminal &&
      entry.batch === settlement.batch &&
      facts.movedAt(entry, settlement.at),
  );
}

/**
 * Totals of entries in one currency: debit = sales, completions, offline sales (voided ones too), credit = refunds and
 * voids. Entries in another
 * currency are not added: the caller says so.
 */
export function totalsOf(entries: readonly LedgerEntry[], currency: string): Totals {
  const own = entries.filter((entry) => entry.booked.currency === currency);
  const sales = own.filter((entry) => PAYS.includes(entry.kind));
  const credits = own.filter((entry) => !PAYS.includes(entry.kind));
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

/**
 * What a terminal must believe of a batch that its acquirer has answered: the ledger, without what the host booked twice
 * and with what it answered as approved and never booked. Undefined where the host did neither.
 */
export function answeredTotals(facts: Facts, settlement: Settlement): Totals | undefined {
  const entries = batchAt(facts, settlement);
  const once = entries.filter((entry) => !facts.twinOf(entry));
  const lost = facts.unbooked.filter(
    ({ request, at }) =>
      request.batch === settlement.batch && at <= settlement.at && MOVES_MONEY.includes(request.kind),
  );
  if (once.length === entries.length && lost.length === 0) return undefined;
  const { currency } = settlement.claimed.debit;
  const sums = totalsOf(once, currency);
  return lost.reduce((totals, { request, response }) => {
    const minor = (response.amount ?? request.amount)?.minor ?? 0;
    const pays = PAYS.includes(request.kind);
    const add = (money: Totals['debit'], by: number) => ({ ...money, minor: money.minor + by });
    return {
      debit: add(totals.debit, pays ? minor : 0),
      debitCount: totals.debitCount + (pays ? 1 : 0),
      credit: add(totals.credit, pays ? 0 : minor),
      creditCount: totals.creditCount + (pays ? 0 : 1),
    };
  }, sums);
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

/** Why totals of a batch cannot be held against a ledger that may lack its first entries. */
export const beganUnseen = ({ batch }: Settlement, totals: Totals): string =>
  `batch ${batch} had begun before anybody watched: ${quoteTotals(totals)} may hold entries that were not seen.`;
