import type { VisibleScreen } from '../body.ts';
import type { TransactionRecord } from '../memory.ts';

/** What a till can ask of this model. */
export const TILL_OPERATIONS = ['sale', 'void', 'pre-auth', 'settle', 'reprint'] as const;
export type TillOperation = (typeof TILL_OPERATIONS)[number];

/** An operation that the till starts and people at the terminal finish: card and PIN are theirs. */
export interface TillRequest {
  readonly operation: TillOperation;
  /** Fen; for what needs an amount. */
  readonly amount?: number;
  /** Voucher number, six digits; for a void. */
  readonly voucher?: string;
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
}

/** The till's side of the terminal's outside. */
export interface TillSocket {
  /** False when the terminal is off or not idle: nothing is begun then. */
  request(request: TillRequest): boolean;
  /** As the cancel key. */
  cancel(): void;
  readonly state: 'off' | 'idle' | 'busy';
  /** The last transaction in flash, however it was entered. */
  last(): TillTransaction | undefined;
  /** The open batch's transaction whose voucher number ends with these digits. */
  find(digits: string): TillTransaction | undefined;
}
