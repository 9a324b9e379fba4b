import type { VisibleScreen } from '../body.ts';
import type { DefectId } from '../defects.ts';
import type { TransactionRecord } from '../memory.ts';

/** What a till can ask of this model. */
export const TILL_OPERATIONS = [
  'sale',
  'void',
  'refund',
  'pre-auth',
  'pre-auth-void',
  'completion',
  'settle',
  'reprint',
  'sign-on',
] as const;
export type TillOperation = (typeof TILL_OPERATIONS)[number];

/** An operation that the till starts and people at the terminal finish: card, PIN and whatever the till did not say are theirs. */
export interface TillRequest {
  readonly operation: TillOperation;
  /** Fen; for what needs an amount. */
  readonly amount?: number;
  /** Voucher number, six digits; for a void. */
  readonly voucher?: string;
  /** Authorisation code and date (MMDD) of the hold that is completed or given back. */
  readonly hold?: { readonly authCode: string; readonly date: string };
  /**
   * Who prints: the terminal (absent), nobody, or the till, which is handed every slip as printer bytes and says whether it
   * has taken it. A slip that it does not take comes out of the terminal.
   */
  readonly paper?: 'none' | ((slip: Uint8Array) => Promise<boolean>);
  /** What the terminal shows on the way. */
  onScreen(lines: VisibleScreen['lines']): void;
  /** How it ended, told once, before slips are printed. */
  onResult(result: TillResult): void;
  /** The terminal is done with everything that belongs to it. */
  onOver(): void;
}

export type TillResult =
  | { readonly done: true; readonly transaction: TillTransaction | undefined }
  /** The screen that it ended with. */
  | { readonly done: false; readonly lines: readonly string[] };

/** What the till is told of a transaction: no more than its slip says. */
export interface TillTransaction
  extends Pick<TransactionRecord, 'kind' | 'stan' | 'time' | 'entry' | 'amount' | 'authCode' | 'rrn'> {
  readonly maskedPan: string;
  /** Voucher number of the original that it takes back. */
  readonly originalStan?: string;
}

/** Bugs that show at the till link alone; the catalogue of defects says what they are. */
export type TillBug = Extract<DefectId, `till-${string}`>;

/** The till's side of the terminal's outside. */
export interface TillSocket {
  /** False when the terminal is off or not idle: nothing is begun then. */
  request(request: TillRequest): boolean;
  /** As the cancel key. */
  cancel(): void;
  readonly state: 'off' | 'idle' | 'busy';
  /** This start of the terminal, told from every other one; undefined while it is off. */
  readonly cycle: object | undefined;
  /** Whether it is signed on at its acquirer. */
  readonly signedOn: boolean;
  /** Whether this firmware has a bug of the till link. */
  bug(id: TillBug): boolean;
  /** The last transaction, however it was entered, and from whichever batch; undefined when a settlement came after it. */
  last(): TillTransaction | undefined;
  /** All transactions of the open batch, oldest first. */
  batch(): readonly TillTransaction[];
  /** Who it is; undefined while it is off. */
  readonly identity: { readonly terminalId: string; readonly merchantId: string } | undefined;
  /** The open batch's transaction whose voucher number ends with these digits. */
  find(digits: string): TillTransaction | undefined;
  /** Pre-authorisations that have been neither completed nor given back, oldest first. */
  holds(): readonly TillTransaction[];
  /** Sums of the open batch, by kind of entry. */
  totals(): TillTotals;
}

/** What has been taken since the last settlement, fen. */
export interface TillTotals {
  readonly count: number;
  readonly minor: number;
  /** Voucher numbers of the first and the last transaction. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}
