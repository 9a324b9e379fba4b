import type { MessageKind } from './message.ts';
import type { Money } from './money.ts';

/**
 * State of an entry in the host's ledger. `held`: a pre-authorisation that blocks money without moving it; `captured`: a
 * hold whose completion moved the money; `released`: a hold given back. `unknown`: an observer in front of a real host saw
 * the request (or a reversal or void of the entry) and no answer to it; never taken for any of the others.
 */
export type LedgerState =
  | 'posted'
  | 'held'
  | 'captured'
  | 'released'
  | 'declined'
  | 'voided'
  | 'reversed'
  | 'refused'
  | 'unknown';

/** Kinds whose posted entries pay the merchant, and those that take from him. An adjustment replaces its original's amount. */
export const PAYS: readonly MessageKind[] = [
  'sale',
  'completion',
  'completion-notice',
  'moto',
  'instalment',
  'offline-sale',
];
export const TAKES: readonly MessageKind[] = ['refund'];

/** What an entry moves for the merchant, minor units: positive, negative, or nothing when it is not posted. */
export function movedBy(entry: LedgerEntry): number {
  if (entry.state !== 'posted') return 0;
  if (PAYS.includes(entry.kind)) return entry.booked.minor;
  return TAKES.includes(entry.kind) ? -entry.booked.minor : 0;
}

/** What an entry blocks for the merchant without moving it, minor units: the hold of a pre-authorisation that stands. */
export const heldBy = (entry: LedgerEntry): number => (entry.state === 'held' ? entry.booked.minor : 0);

/**
 * One entry of the acquirer's ledger, in the order in which the host decided. Money moved = `posted` (and `voided` or
 * `reversed` mean it moved and was given back).
 */
export interface LedgerEntry {
  readonly id: string;
  readonly kind: MessageKind;
  readonly state: LedgerState;
  readonly terminal: string;
  readonly merchant: string;
  readonly stan: string;
  readonly batch: string;
  readonly rrn: string;
  readonly authCode: string;
  readonly responseCode: string;
  /** What the terminal asked for and what the host booked; equal unless the host approved another amount. */
  readonly requested: Money;
  readonly booked: Money;
  /** Masked. */
  readonly pan: string;
  /** Region the request came from, as the host saw it. */
  readonly region: string;
  /** Business date, MMDD. */
  readonly date: string;
  /** Entry that this one voids, refunds or reverses. */
  readonly of?: string;
  /** For a reversal: F39 reason. */
  readonly reason?: string;
  /** Nominal time of the decision. */
  readonly at: number;
  /** What an observer saw of it, where this entry is taken from the acquirer's own export instead. */
  readonly seen?: Pick<LedgerEntry, 'state' | 'booked' | 'rrn'> | 'nothing';
}

/** Totals as the terminal or the host counts them. Debit = sales; credit = refunds and voids. */
export interface Totals {
  readonly debit: Money;
  readonly debitCount: number;
  readonly credit: Money;
  readonly creditCount: number;
}

/** One settlement as the host saw it. */
export interface Settlement {
  readonly terminal: string;
  readonly batch: string;
  /** What the terminal claimed and what the host had. */
  readonly claimed: Totals;
  readonly counted: Totals;
  /** `unknown`: an observer saw the claim and no answer. */
  readonly result: 'balanced' | 'not-balanced' | 'error' | 'unknown';
  /** After a mismatch: STANs of the details uploaded, in order, and whether the upload was ended. */
  readonly uploaded: readonly { readonly stan: string; readonly amount: Money }[];
  readonly uploadEnded: boolean;
  readonly at: number;
  /**
   * What an observer could not see: `counted`, the host's own totals (they then repeat the claim); `beginning`, how the
   * batch began, so that the ledger may lack entries of it.
   */
  readonly unseen?: readonly ('counted' | 'beginning')[];
}

/** What the till was told about one transaction; the till link fills it. */
export interface TillRecord {
  /** What was asked for; absent: a sale. `settlement` has the sum of the batch as its amount where the till was told one. */
  readonly kind?: MessageKind;
  /** It was not told by itself: the till found out by asking the terminal again. */
  readonly recovered?: true;
  readonly reference: string;
  readonly outcome: 'approved' | 'declined' | 'unknown';
  readonly amount: Money;
  readonly stan?: string;
  readonly at: number;
}
