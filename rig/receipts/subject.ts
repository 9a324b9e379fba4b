import type { CapturedSlip, HostExchange } from '../bench/planes.ts';
import type { LedgerEntry, TillRecord } from '../model/book.ts';
import type { EntryMode, TestCard } from '../model/card.ts';
import type { MaskPolicyName } from '../model/mask-policy.ts';
import type { MessageKind } from '../model/message.ts';
import type { Copy } from '../model/receipt.ts';

/** How the cardholder was verified, as far as the planes tell. */
export type Cvm = 'pin' | 'signature' | 'pad';

/** What is known of the transaction that a slip is about. Whatever is missing makes rules that need it not applicable. */
export interface Subject {
  readonly slip: CapturedSlip;
  readonly currency: string;
  readonly locale: string;
  readonly kind?: MessageKind;
  readonly entry?: EntryMode | 'manual';
  readonly cvm?: Cvm;
  readonly card?: TestCard;
  /** The dialogue with the host about it. */
  readonly exchange?: HostExchange;
  readonly booked?: LedgerEntry;
  /** What the till was told of it. */
  readonly told?: TillRecord;
  /** STAN and RRN of the transaction that it takes back or completes, as the host knows them. */
  readonly original?: { readonly stan?: string; readonly rrn?: string; readonly authCode?: string };
  /** The slip was asked for again: what it must be the same as, if that was seen. */
  readonly reprint: boolean;
  readonly first?: CapturedSlip;
  /** The paper ended in the middle: what is missing proves nothing. */
  readonly torn: boolean;
  /** What the profile lets be legible on this copy. */
  readonly mask: MaskPolicyName;
}

/** All slips of one transaction that came out in one step, in order, and the order that the profile promises. */
export interface SubjectSet {
  readonly subjects: readonly Subject[];
  readonly order: readonly Copy[];
}

/** A slip on paper as people call it: `merchant copy of 000012, RMB 128.50`. */
export const describeSlip = (slip: CapturedSlip): string =>
  `${slip.copy} copy${slip.duplicate ? ' (duplicate)' : ''}${slip.fields['stan'] ? ` of ${slip.fields['stan']}` : ''}${slip.fields['amount'] ? `, ${slip.fields['amount']}` : ''}`;
