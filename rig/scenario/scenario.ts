import type { HostPolicy } from '../bench/policy.ts';
import type { OperationName } from '../bench/profile.ts';
import type { CodeFlaw, EntryMode } from '../model/card.ts';
import type { PlaneName, Titles } from '../model/event.ts';
import type { Fault, LiveConnections } from '../model/fault.ts';
import type { MessageKind } from '../model/message.ts';
import type { PaperBox } from '../model/receipt.ts';
import type { TillFault } from '../model/till-fault.ts';
import type { TillWay } from '../model/till-ways.ts';
import type { FieldCheckName } from './receipt-words.ts';
import type { PinWay, StepOutcome } from './registry.ts';

/**
 * A scenario ready to run: cases expanded, durations in nominal milliseconds, every step with its one action. Amounts
 * stay decimal texts in major units; `parseAmount` makes money of them when the currency is known.
 */
export interface Scenario {
  /** `CITY-001`, or `CITY-004[58]` for one case of a file with cases. Unique over all files. */
  readonly id: string;
  readonly title: Titles;
  /** Folder under `scenarios/`. */
  readonly theme: string;
  readonly file: string;
  /** Of the file's bytes, hex. */
  readonly sha256: string;
  readonly proves: readonly string[];
  /** Values of the case, `name` included; empty without cases. */
  readonly parameters: Readonly<Record<string, string>>;
  /** As written, plus what the steps need by themselves. */
  readonly needs: Needs;
  readonly given: Given;
  readonly steps: readonly Step[];
  /** Receipt rule packs on top of the profile's: names of shipped ones, or paths relative to the file. */
  readonly receiptRules: readonly string[];
  /** How the books are closed: after what an operator would do, or as they stand. */
  readonly close: 'operator' | 'as-is';
}

export interface Needs {
  readonly entry: readonly EntryMode[];
  readonly operations: readonly OperationName[];
  /** A hand (`keypad` or `till`) is not listed: every scenario with an operation needs one. */
  readonly planes: readonly PlaneName[];
  readonly simulatedHost: boolean;
  /** Absent: what the run has chosen. */
  readonly hand?: 'keypad' | 'till';
  /** What the protocol of the till must have; absent: nothing that any of them lacks. */
  readonly till?: readonly TillWay[];
}

export interface Given {
  readonly region?: string;
  readonly access?: string;
  readonly card?: string;
  readonly entry?: EntryMode;
  readonly acquirer?: HostPolicy;
}

/** An operation of the terminal with what it needs to be entered; amounts in major units. */
export interface OperationAction {
  readonly do: OperationName;
  readonly amount?: string;
  readonly card?: string;
  readonly entry?: EntryMode;
  /** Number of the step that it refers to. */
  readonly of?: number;
  readonly pin?: PinWay;
  readonly code?: CodeFlaw;
  readonly instalments?: number;
  readonly tip?: string;
}

export type Action =
  | OperationAction
  | { readonly do: 'power-cut'; readonly offMs: number }
  | {
      readonly do: 'move';
      /** What is absent stays as it is. */
      readonly region?: string;
      readonly access?: string;
      readonly live?: LiveConnections;
    }
  | { readonly do: 'wait'; readonly for: number | 'next-day' };

/** Done at the terminal by a hand, and not to the bench. */
export const isOperation = (action: Action): action is OperationAction =>
  action.do !== 'power-cut' && action.do !== 'move' && action.do !== 'wait';

export interface Step {
  /** From 1. */
  readonly number: number;
  readonly action: Action;
  /** Armed before the action, in this order; empty: none. */
  readonly faults: readonly Fault[];
  /** Faults of the till's cable, armed likewise. */
  readonly cable: readonly TillFault[];
  readonly interrupt?: Interrupt;
  readonly expect: Expect;
}

/**
 * The power goes when the screen shows this outcome or this screen of the profile, and returns after `offMs`; or somebody
 * presses cancel when it shows this screen.
 */
export type Interrupt =
  | { readonly do: 'power-cut'; readonly at: string; readonly offMs: number }
  | { readonly do: 'cancel'; readonly at: string };

export interface Expect {
  readonly outcome?: StepOutcome;
  readonly code?: string;
  readonly display?: readonly string[];
  readonly till?: TillExpect;
  readonly receipt?: 'none' | ReceiptExpect;
  readonly host?: 'none' | readonly HostExpect[];
  /** Net change of the ledger in this step, signed decimal text: sales up; voids, refunds, reversals down. */
  readonly moved?: string;
  /** Change of what is held in this step, signed decimal text. */
  readonly held?: string;
  readonly traffic?: TrafficExpect;
  readonly withinMs?: number;
}

/** The most that a step may cost on the line: connections of the terminal, bytes of both directions together. */
export interface TrafficExpect {
  readonly connections?: number;
  readonly bytes?: number;
}

/** What the till was told; `asked`: only when it asked. */
export interface TillExpect {
  readonly outcome: 'approved' | 'declined' | 'unknown';
  readonly asked?: boolean;
}

export interface ReceiptExpect {
  readonly merchant?: SlipExpect;
  readonly customer?: SlipExpect;
  readonly settlement?: SlipExpect;
  /** Every copy printed in the step is marked as a reprint. */
  readonly duplicate: boolean;
  /** No paper of the step shows forbidden content. */
  readonly forbiddenNone: boolean;
  /** Exactly these copies, in this order. */
  readonly copies?: readonly ('merchant' | 'customer' | 'settlement')[];
  /** Nominal ms from the start of the step to the first byte of the last slip. */
  readonly withinMs?: number;
  /** Regular expressions, flags `iu`: lines that every copy must have, that none may have. */
  readonly must?: readonly string[];
  readonly mustNot?: readonly string[];
  readonly signature?: 'by-cvm' | 'present' | 'absent';
  readonly original?: true;
  /** Least height, and bold, by field. */
  readonly heights?: Readonly<Record<string, number>>;
  readonly bold?: readonly string[];
  /** Pictures that the copies must look like. */
  readonly images?: readonly GoldenImage[];
  /** Content of codes on every copy, as regular expressions. */
  readonly codes?: readonly { readonly symbology?: string; readonly matches: string }[];
}

/** A copy beside the picture that was kept of it. */
export interface GoldenImage {
  readonly copy: 'merchant' | 'customer' | 'settlement';
  /** Absolute path; may hold `{profile}`. */
  readonly file: string;
  /** Fields whose values, and boxes that, are not compared. */
  readonly mask: readonly (string | PaperBox)[];
  /** Dots that may differ in each line of the paper. */
  readonly budget: number;
  readonly regions: readonly { readonly place: string | PaperBox; readonly budget: number }[];
}

/** Checks by the profile's field names. */
export type SlipExpect = Readonly<Record<string, FieldCheck>>;

export type FieldCheck =
  | { readonly is: FieldCheckName }
  | { readonly is: 'amount'; readonly amount: string }
  | { readonly is: 'text'; readonly text: string };

/** Checks of the host on clear data that a scenario may ask for. */
export type CheckName = 'mac' | 'pin' | 'cryptogram' | 'track';

/** One item of a `host` list; the items must be found in this order among the exchanges of the step. */
export type HostExpect =
  | { readonly no: MessageKind }
  | {
      readonly kind: MessageKind;
      readonly of?: number;
      readonly amount?: string;
      readonly approvedAmount?: string;
      readonly code?: string;
      readonly reason?: string;
      readonly region?: string;
      /** Checks of the host that must read `ok`. */
      readonly checks: readonly CheckName[];
      readonly before?: MessageKind;
    };
