import { type LedgerEntry, type LedgerState, movedBy, PAYS, type Totals } from '../../../rig/model/book.ts';
import type { MessageKind } from '../../../rig/model/message.ts';
import type { Money } from '../../../rig/model/money.ts';

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

/** Whose payments are counted. */
export type Payer = 'card' | 'terminal' | 'merchant';

export const keyOf = ({ terminal, batch, stan }: TransactionKey) => `${terminal}/${batch}/${stan}`;

/** States in which an entry counts in the batch: money moved and was not taken back by a reversal. */
const counts = (state: LedgerState) => state === 'posted' || state === 'voided';

/** Kinds that count in the debit and in the credit total of a batch. A hold and its release are in neither. */
const CREDITS: readonly MessageKind[] = ['refund', 'void', 'completion-void'];
/** Kinds that give back what another entry took. */
const VOIDS: readonly MessageKind[] = ['void', 'completion-void'];
const CAPTURES: readonly MessageKind[] = ['completion', 'completion-notice'];

/** Reversals that came before their original and are remembered: the oldest are forgotten beyond this. */
const MOST_OVERTAKEN = 100_000;

/** Lists by key. */
class Index {
  private readonly lists = new Map<string, number[]>();

  add(key: string, place: number): void {
    const list = this.lists.get(key);
    if (list) list.push(place);
    else this.lists.set(key, [place]);
  }

  of(key: string): readonly number[] {
    return this.lists.get(key) ?? [];
  }

  clear(): void {
    this.lists.clear();
  }
}

/**
 * The acquirer's ledger: entries in the order of decision, and the few ways in which money may move. Declined and refused
 * requests are entries too, but none of these functions ever counts them. Every look-up is by index, so that a long
 * ledger answers as fast as a short one.
 */
export class Ledger {
  /** By place, counted from the first one ever, oldest first. */
  private readonly postings = new Map<number, Posting>();
  private written = 0;
  private readonly keep: number;
  private readonly closed = new Set<string>();
  private readonly byKey = new Map<string, number>();
  private readonly byBatch = new Index();
  private readonly byRrn = new Index();
  private readonly byAuthorisation = new Index();
  private readonly byPayer = new Index();
  private readonly refunds = new Index();
  private readonly overtaken = new Set<string>();

  /**
   * `keep`: entries to remember when there are more; what is then forgotten is the oldest of batches that were closed,
   * never a hold that stands. Without it everything is remembered, as books need it.
   */
  constructor(keep = Number.POSITIVE_INFINITY) {
    this.keep = keep;
  }

  /** All entries, oldest first, as a snapshot. */
  entries(): readonly LedgerEntry[] {
    return Array.from(this.postings.values(), ({ entry }) => entry);
  }

  /** Writes an entry; its id is its place in the ledger. */
  write(entry: Omit<LedgerEntry, 'id'>, more: { readonly pan: string; readonly mislaid?: boolean }): Posting {
    if (this.postings.size >= 2 * this.keep) this.forget();
    const place = this.written++;
    const id = `L${String(place + 1).padStart(5, '0')}`;
    const posting = { entry: { id, ...entry }, pan: more.pan, mislaid: more.mislaid ?? false };
    this.postings.set(place, posting);
    this.index(posting, place);
    return posting;
  }

  private index({ entry, pan }: Posting, place: number): void {
    const { kind, state, terminal, merchant, batch, rrn, authCode, of } = entry;
    if (kind === 'reversal' || state === 'refused') return;
    this.byKey.set(keyOf(entry), place);
    this.byBatch.add(`${terminal}/${batch}`, place);
    this.byRrn.add(`${merchant}/${rrn}`, place);
    if (kind === 'pre-auth') this.byAuthorisation.add(`${merchant}/${pan}/${authCode}`, place);
    if (kind === 'refund' && of !== undefined) this.refunds.add(of, place);
    this.byPayer.add(`terminal/${terminal}`, place);
    this.byPayer.add(`merchant/${merchant}`, place);
    this.byPayer.add(`card/${pan}`, place);
  }

  /** The batch takes no more entries. */
  close(terminal: string, batch: string): void {
    if (this.keep !== Number.POSITIVE_INFINITY) this.closed.add(`${terminal}/${batch}`);
  }

  /** Forgets the oldest entries of closed batches and makes the indexes anew of what stays. */
  private forget(): void {
    let beyond = this.postings.size - this.keep;
    for (const [place, { entry }] of this.postings) {
      if (beyond-- <= 0) break;
      const open = entry.state === 'held' || !this.closed.has(`${entry.terminal}/${entry.batch}`);
      if (!open) this.postings.delete(place);
    }
    const { byKey, byBatch, byRrn, byAuthorisation, byPayer, refunds } = this;
    for (const index of [byKey, byBatch, byRrn, byAuthorisation, byPayer, refunds]) index.clear();
    for (const [place, posting] of this.postings) this.index(posting, place);
    for (const batch of this.closed) if (byBatch.of(batch).length === 0) this.closed.delete(batch);
  }

  private at(places: readonly number[]): Posting[] {
    return places.flatMap((place) => this.postings.get(place) ?? []);
  }

  /** An entry's place follows from its id. */
  private byId(id: string | undefined): Posting | undefined {
    return id === undefined ? undefined : this.postings.get(Number(id.slice(1)) - 1);
  }

  private change(id: string, change: Partial<LedgerEntry>): void {
    const posting = this.byId(id);
    if (!posting) return;
    this.postings.set(Number(id.slice(1)) - 1, { ...posting, entry: { ...posting.entry, ...change } });
  }

  /** The financial transaction that a terminal's batch and STAN name, whatever became of it; refused ones do not count. */
  find(key: TransactionKey): Posting | undefined {
    const place = this.byKey.get(keyOf(key));
    return place === undefined ? undefined : this.postings.get(place);
  }

  /** The payment of a merchant that an RRN and, if given, a business date (MMDD) name. */
  findPayment(merchant: string, rrn: string, date?: string): Posting | undefined {
    return this.at(this.byRrn.of(`${merchant}/${rrn}`)).findLast(
      ({ entry }) => PAYS.includes(entry.kind) && (date === undefined || entry.date === date),
    );
  }

  /** Any entry of a merchant with an RRN. */
  findRrn(merchant: string, rrn: string): Posting | undefined {
    return this.at(this.byRrn.of(`${merchant}/${rrn}`)).at(-1);
  }

  /** The pre-authorisation of a card at a merchant, whatever terminal made it, that an authorisation code names. */
  findHold(merchant: string, pan: string, authCode: string): Posting | undefined {
    return this.at(this.byAuthorisation.of(`${merchant}/${pan}/${authCode}`)).at(-1);
  }

  /** Takes a payment back by a void that was just written; a voided completion leaves its hold as it was before. */
  void(original: Posting): void {
    const { id, kind, of } = original.entry;
    this.change(id, { state: 'voided' });
    if (CAPTURES.includes(kind) && of !== undefined) this.change(of, { state: 'held' });
  }

  /** The hold has become a payment. */
  capture(hold: Posting): void {
    this.change(hold.entry.id, { state: 'captured' });
  }

  /** The hold is given back. */
  release(hold: Posting): void {
    this.change(hold.entry.id, { state: 'released' });
  }

  /** Books another amount for a payment; what was asked for first stays on record. */
  adjust(original: Posting, booked: Money): void {
    this.change(original.entry.id, { booked });
  }

  /** Takes an entry back for good and puts back what it had changed: a void its payment, a completion its hold. */
  reverse(original: Posting): void {
    const { id, kind } = original.entry;
    this.change(id, { state: 'reversed' });
    const before = this.byId(original.entry.of);
    if (!before) return;
    if (VOIDS.includes(kind)) {
      this.change(before.entry.id, { state: 'posted' });
      if (CAPTURES.includes(before.entry.kind) && before.entry.of !== undefined) {
        this.change(before.entry.of, { state: 'captured' });
      }
    }
    if (kind === 'pre-auth-void' || CAPTURES.includes(kind)) this.change(before.entry.id, { state: 'held' });
  }

  /** Remembers a reversal that came before its original, so that the original is never posted. */
  overtake(key: TransactionKey): void {
    this.overtaken.add(keyOf(key));
    if (this.overtaken.size <= MOST_OVERTAKEN) return;
    for (const oldest of this.overtaken) {
      this.overtaken.delete(oldest);
      break;
    }
  }

  wasOvertaken(key: TransactionKey): boolean {
    return this.overtaken.has(keyOf(key));
  }

  /** What of a payment has not been refunded yet, minor units. */
  refundable(original: Posting): number {
    const refunded = this.at(this.refunds.of(original.entry.id)).filter(
      ({ entry }) => entry.state === 'posted',
    );
    return original.entry.booked.minor - sum(refunded);
  }

  /** Some of a payment has been refunded: it cannot be taken back as a whole any more. */
  refunded(original: Posting): boolean {
    return this.refundable(original) < original.entry.booked.minor;
  }

  /**
   * Approved payments and holds of a card, terminal or merchant on a business date (MMDD) or in a month (MM) that were
   * not reversed, and the sum of those that stand, in one currency.
   */
  use(
    of: Payer,
    id: string,
    period: string,
    currency: string,
  ): { readonly count: number; readonly minor: number } {
    let [count, minor] = [0, 0];
    for (const { entry } of this.at(this.byPayer.of(`${of}/${id}`))) {
      const asksForMoney = PAYS.includes(entry.kind) || entry.kind === 'pre-auth';
      if (!asksForMoney || CAPTURES.includes(entry.kind) || !entry.date.startsWith(period)) continue;
      if (entry.state === 'posted' || entry.state === 'held' || entry.state === 'captured') {
        if (entry.booked.currency === currency) minor += entry.booked.minor;
        count++;
      } else if (entry.state === 'voided') count++;
    }
    return { count, minor };
  }

  /** What a card has paid and what is held on it, refunds taken off; minor units. */
  spent(pan: string): number {
    return this.at(this.byPayer.of(`card/${pan}`)).reduce(
      (total, { entry }) => total + (entry.state === 'held' ? entry.booked.minor : movedBy(entry)),
      0,
    );
  }

  /**
   * Totals of a batch: debit = payments, at the amounts that adjustments left; credit = refunds and voids. A voided
   * payment and its void both count; holds do not. Counts may exceed what a message can carry.
   */
  totals(terminal: string, batch: string, currency: string): Totals {
    const batched = this.at(this.byBatch.of(`${terminal}/${batch}`)).filter(
      ({ entry, mislaid }) => !mislaid && entry.booked.currency === currency && counts(entry.state),
    );
    const debit = batched.filter(({ entry }) => PAYS.includes(entry.kind));
    const credit = batched.filter(({ entry }) => CREDITS.includes(entry.kind));
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
