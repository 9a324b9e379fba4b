import { PAYS, TAKES } from '../model/book.ts';
import type { MessageKind } from '../model/message.ts';

/** Kinds of transactions, by what they do to the money; the words of the invariants. */

/** Take a payment back whole. */
export const GIVES_BACK: readonly MessageKind[] = ['void', 'completion-void'];
/** Move money by themselves. */
export const MOVES_MONEY: readonly MessageKind[] = [...PAYS, ...TAKES, ...GIVES_BACK];
/** Take a hold out. */
export const CAPTURES: readonly MessageKind[] = ['completion', 'completion-notice'];
/** Everything that a ledger has an entry of: what moves money, what holds it, what changes an amount. */
export const BOOKED: readonly MessageKind[] = [...MOVES_MONEY, 'pre-auth', 'pre-auth-void', 'adjust'];

/** Made by the terminal alone and told afterwards (0220 …): repeated until answered, never reversed. */
export const NOTICES: readonly MessageKind[] = ['completion-notice', 'offline-sale', 'adjust'];

/** Asked for online (0100, 0200) and taken back by a reversal when no answer comes. Refunds (0220) are not. */
export const REVERSIBLE: readonly MessageKind[] = BOOKED.filter(
  (kind) => kind !== 'refund' && !NOTICES.includes(kind),
);

/** What a terminal sends only after everything that it owes. */
export const ONLINE: readonly MessageKind[] = [
  ...BOOKED,
  'balance',
  'settlement',
  'batch-upload',
  'batch-upload-end',
];

/** Codes with which an issuer declines what is well said: funds, limits, the state of the card. */
export const ISSUER_DECIDES: readonly string[] = [
  ...['01', '02', '04', '05', '07', '14', '33', '34', '35', '36', '37', '38', '41', '43'],
  ...['51', '54', '57', '59', '61', '62', '65', '67', '75', '78'],
];

/** 00 approved, 10 approved for a part, 11 approved (VIP), 16 track 3 to be updated, A2 to A6 approved in old UnionPay tables. */
export const approves = (code: string | undefined): boolean =>
  code !== undefined && /^(00|10|11|16|A[2-6])$/.test(code);
