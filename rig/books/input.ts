import type { HostExchange } from '../bench/planes.ts';
import type { HostPolicy } from '../bench/policy.ts';
import type { Outcome } from '../bench/profile.ts';
import type { LedgerEntry, Settlement, TillRecord } from '../model/book.ts';
import type { MessageKind } from '../model/message.ts';
import type { Money } from '../model/money.ts';
import type { Slip } from '../model/receipt.ts';
import type { PartUnderTest } from '../model/verdict.ts';

/**
 * One book, or why there is none. `absent`: this bench has nobody who keeps it (no printer capture, no till): what needs
 * it is skipped and the report lists it as missing. `unread`: somebody keeps it but it could not be read this time: what
 * needs it is inconclusive. A book that is not `kept` is never taken for an empty one.
 */
export type Book<T> =
  | { readonly state: 'kept'; readonly content: T }
  | { readonly state: 'absent'; readonly why: string }
  | { readonly state: 'unread'; readonly why: string };

/** What one step of the scenario (or of closing the books) asked for, and what the screen made of it. */
export interface StepAccount {
  /** Number as the journal has it. */
  readonly step: number;
  /** `sale`, `settle`, `power-cut`, … for the report. */
  readonly action: string;
  /** The transaction asked for; absent for steps that ask for none (sign-on, move, wait). */
  readonly asked?: { readonly kind: MessageKind; readonly amount?: Money };
  /** Absent: no outcome was seen, e.g. because the power was cut. */
  readonly outcome?: Outcome;
  /** Nobody watched what was printed in it. */
  readonly unwatched?: true;
  /** Nominal ms, on the clock of ledger, slips and exchanges. */
  readonly from: number;
  readonly to: number;
}

/** The acquirer's book. */
export interface HostBook {
  /** The whole ledger as it stands at closing, oldest first. */
  readonly ledger: readonly LedgerEntry[];
  /** How many entries of `ledger` stood there before the scenario began (its baseline). */
  readonly opening: number;
  /** Requests and settlements since the baseline, in order. */
  readonly exchanges: readonly HostExchange[];
  readonly settlements: readonly Settlement[];
}

/** What the terminal itself says of unfinished business: an idle screen that shows what it still owes the acquirer. */
export interface TerminalState {
  readonly reversalOwed: boolean;
  /** Something stored (an offline sale, a notice, a signature) is still to be sent. */
  readonly noticeOwed?: boolean;
}

export type Misbehaviour = HostPolicy['misbehave'][number]['do'];

/**
 * Where the rig's own fault stood in the way: the message that set it off, if one did, and the time in which it was in force,
 * nominal ms.
 */
export interface Disturbance {
  readonly message?: { readonly kind: string; readonly stan?: string };
  /** Of that message or its answer something never arrived, or the network said it again: not only later. */
  readonly spoilt: boolean;
  readonly from: number;
  readonly to: number;
}

/** Everything that closing the books looks at. */
export interface BooksInput {
  /** Currency of the terminal, for slips that print an amount without one; ISO 4217 alphabetic. */
  readonly currency: string;
  /** `balanced`: recovery and settlement have been done; `as-is`: compared without, so a reversal may still be owed. */
  readonly close: 'balanced' | 'as-is';
  readonly steps: readonly StepAccount[];
  readonly host: Book<HostBook>;
  readonly slips: Book<readonly Slip[]>;
  readonly till: Book<readonly TillRecord[]>;
  readonly terminal: Book<TerminalState>;
  /** What the rig itself told a simulated acquirer to do wrong; such a lie is not held against it. */
  readonly acquirerTold?: readonly Misbehaviour[];
  readonly disturbed?: readonly Disturbance[];
  /** Slips of this terminal were read before, in this run: the labels of its profile are those of its paper. */
  readonly labelsProved?: boolean;
  readonly underTest: readonly PartUnderTest[];
}

export const BOOKS = ['host', 'slips', 'till', 'terminal'] as const;
export type BookName = (typeof BOOKS)[number];
