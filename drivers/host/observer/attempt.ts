import type { Totals } from '../../../rig/model/book.ts';
import type { DialogueMessage } from '../../../rig/model/message.ts';
import type { Money } from '../../../rig/model/money.ts';

/** A message of which everything is known that needs clear bytes; what is left holds no card data. */
export interface Heard {
  /** Fields masked. */
  readonly message: DialogueMessage;
  readonly checks: Readonly<Record<string, string>>;
  /** Masked. */
  readonly pan: string;
  /** F15 or F13 where the message has one, MMDD. */
  readonly date: string;
  /** F48 of a settlement and its answer. */
  readonly totals?: { readonly totals: Totals; readonly result: string };
  /** Details of a batch upload. */
  readonly details?: readonly { readonly stan: string; readonly amount: Money }[];
}

/** A request that passed, and its answer if one was seen. Ledger and settlements are read from a list of these. */
export interface Attempt {
  readonly request: Heard;
  readonly region: string;
  /** Nominal time at which the request's last byte passed. */
  readonly at: number;
  answer?: Heard;
  answeredAt?: number;
}
