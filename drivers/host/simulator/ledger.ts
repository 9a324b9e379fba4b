import type { LedgerEntry, LedgerState, Totals } from '../../../rig/model/book.ts';

/** An entry with what the acquirer knows beyond it. */
export interface Posting {
  readonly entry: LedgerEntry;
  /** Clear card number, for comparing with later requests; it never leaves the ledger. */
  readonly pan: string;
  /** Booked, but missing from the batch totals: misbehaviour on request. */
  readonly mislaid: boolean;
}

/** Names a transaction of a terminal: its batch and STAN. */
export interface TransactionKey {
  readonly terminal: string;
  readonly batch: string;
  readonly stan: string;
}

const keyOf = ({ terminal, batch, stan }: TransactionKey) => `${terminal}/${batch}/${stan}`;

/** States in which an entry counts in the batch: money moved and was not taken back by a reversal. */
const counts = (state: LedgerState) => state === 'posted' || state === 'voided';

/**
 * The acquirer's ledger: entries in the order of decision, and the few ways in which money may move. Declined and refused
 * requests are entries too, but none of these functions ever counts them.
 */
export class Ledger {
  private readonly postings: Posting[] = [];
  private readonly overtaken = new Set<string>();

  /** All entries, oldest first, as a snapshot. */
  entries(): readonly LedgerEntry[] {
    return this.postings.map(({ entry }) => entry);
  }

  /** Writes an entry; its id is its place in the ledger. */
  write(entry: Omit<LedgerEntry, 'id'>, more: { readonly pan: string; readonly mislaid?: boolean }): Posting {
    const id = `L${String(this.postings.length + 1).padStart(5, '0')}`;
    const posting = { entry: { id, ...entry }, pan: more.pan, mislaid: more.mislaid ?? false };
    this.postings.push(posting);
    return posting;
  }

  private setState(id: string, state: LedgerState): void {
    const index = this.postings.findIndex(({ entry }) => entry.id === id);
    const posting = this.postings[index];
    if (posting) this.postings[index] = { ...posting, entry: { ...posting.entry, state } };
  }

  /** The financial transaction that a terminal's batch and STAN name, whatever became of it; refused ones do not count. */
  find(key: TransactionKey): Posting | undefined {
    return this.postings.findLast(
      ({ entry }) => entry.kind !== 'reversal' && entry.state !== 'refused' && keyOf(entry) === keyOf(key),
    );
  }

  /** The sale of a merchant that an RRN and a business date (MMDD) name. */
  findSale(merchant: string, rrn: string, date: string): Posting | undefined {
    return this.postings.findLast(
      ({ entry }) =>
        entry.kind === 'sale' && entry.merchant === merchant && entry.rrn === rrn && entry.date === date,
    );
  }

  /** Takes a sale back by a void that was just written. */
  void(original: Posting): void {
    this.setState(original.entry.id, 'voided');
  }

  /** Takes a posted entry back for good. A void that is reversed gives the sale its money again. */
  reverse(original: Posting): void {
    const { id, kind, of } = original.entry;
    this.setState(id, 'reversed');
    if (kind === 'void' && of !== undefined) this.setState(of, 'posted');
  }

  /** Remembers a reversal that came before its original, so that the original is never posted. */
  overtake(key: TransactionKey): void {
    this.overtaken.add(keyOf(key));
  }

  wasOvertaken(key: TransactionKey): boolean {
    return this.overtaken.has(keyOf(key));
  }

  /** What of a sale has not been refunded yet, minor units. */
  refundable(original: Posting): number {
    const refunded = this.postings.filter(
      ({ entry }) => entry.kind === 'refund' && entry.state === 'posted' && entry.of === original.entry.id,
    );
    return original.entry.booked.minor - sum(refunded);
  }

  /** Some of a sale has been refunded: it cannot be taken back as a whole any more. */
  refunded(original: Posting): boolean {
    return this.refundable(original) < original.entry.booked.minor;
  }

  /** Sales of a terminal on a business date that were approved and not reversed. */
  approvedSales(terminal: string, date: string): number {
    return this.postings.filter(
      ({ entry }) =>
        entry.kind === 'sale' && entry.terminal === terminal && entry.date === date && counts(entry.state),
    ).length;
  }

  /** Totals of a batch: debit = sales, credit = refunds and voids; a voided sale and its void both count. */
  totals(terminal: string, batch: string, currency: string): Totals {
    const batched = this.postings.filter(
      ({ entry, mislaid }) =>
        !mislaid &&
        entry.terminal === terminal &&
        entry.batch === batch &&
        entry.booked.currency === currency &&
        counts(entry.state),
    );
    const debit = batched.filter(({ entry }) => entry.kind === 'sale');
    const credit = batched.filter(({ entry }) => entry.kind === 'refund' || entry.kind === 'void');
    return {
      debit: { minor: sum(debit), currency },
      debitCount: debit.length,
      credit: { minor: sum(credit), currency },
      creditCount: credit.length,
    };
  }
}

const sum = (postings: readonly Posting[]) =>
  postings.reduce((total, { entry }) => total + entry.booked.minor, 0);
