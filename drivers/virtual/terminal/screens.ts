import { formatAmount } from '../../../rig/model/money.ts';
import { COLUMNS, cellsOf } from './display.ts';

/**
 * Every text that the display can show, as functions from what there is to say to at most four lines of twenty cells.
 * The terminal's profile recognises screens by these texts: a change here is a change of the model's user interface.
 */
export type Screen = readonly string[];

/** Amounts are fen. */
export const yuan = (minor: number): string => formatAmount({ minor, currency: 'CNY' });

const spread = (left: string, right: string) =>
  left + right.padStart(Math.max(1 + cellsOf(right), COLUMNS - cellsOf(left)));

/** Count and sum of a batch; a sum too long for the line costs the label, never a digit. */
function total(label: string, { count, minor }: { readonly count: number; readonly minor: number }): string {
  const line = spread(`${label.padEnd(6)} ${count}`, yuan(minor));
  return cellsOf(line) <= COLUMNS ? line : spread(String(count), yuan(minor));
}

const MENU = ['1 SALE    2 VOID', '3 REFUND  4 SETTLE', '5 REPRINT 6 SIGN ON'];

export const starting = (version: string): Screen => ['STARTING', '', `VT-4  ${version}`];

/** The idle screen: menu, whether a sign-on is needed, whether a reversal is owed. */
export function idle(state: { readonly signedOn: boolean; readonly reversalDue: boolean }): Screen {
  if (!state.signedOn) return ['PLEASE SIGN ON', ...MENU];
  return [state.reversalDue ? 'READY   REVERSAL DUE' : 'READY', ...MENU];
}

export const info = (about: {
  readonly version: string;
  readonly terminalId: string;
  readonly batch: string;
  readonly stan: string;
}): Screen => [
  `INFO     VT-4 ${about.version}`,
  `TID   ${about.terminalId}`,
  `BATCH ${about.batch}`,
  `STAN  ${about.stan}`,
];

// What the terminal asks for. `title` names the operation on the first line.
export const askAmount = (title: string, minor: number): Screen => [
  title,
  'ENTER AMOUNT',
  spread('RMB', yuan(minor)),
];
export const askVoucher = (digits: string): Screen => ['VOID', 'VOUCHER NO', digits];
export const askReference = (digits: string): Screen => ['REFUND', 'REFERENCE NO', digits];
export const askDate = (digits: string): Screen => ['REFUND', 'ORIGINAL DATE (MMDD)', digits];
export const confirmVoid = (stan: string, minor: number, pan: string): Screen => [
  `VOID ${stan}`,
  spread('RMB', yuan(minor)),
  pan,
  'ENTER TO CONFIRM',
];
export const confirmSettlement = (
  batch: string,
  sales: { readonly count: number; readonly minor: number },
  credit: { readonly count: number; readonly minor: number },
): Screen => [`SETTLE ${batch}`, total('SALES', sales), total('CREDIT', credit), 'ENTER TO CONFIRM'];
export const askCard = (title: string, minor: number, hint = ''): Screen => [
  title,
  spread('RMB', yuan(minor)),
  'INSERT/SWIPE/TAP',
  hint,
];
export const askPin = (title: string, minor: number, typed: number): Screen => [
  title,
  spread('RMB', yuan(minor)),
  'ENTER PIN',
  '*'.repeat(typed),
];

// What the terminal is doing.
export const reading = (title: string): Screen => [title, 'READING CARD'];
export const connecting = (title: string): Screen => [title, 'CONNECTING'];
export const waiting = (title: string): Screen => [title, 'WAITING'];
export const reversing = (stan: string, attempt: number): Screen => [
  `REVERSING ${stan}`,
  `ATTEMPT ${attempt}`,
];
export const uploading = (done: number, of: number): Screen => ['UPLOADING', `${done} OF ${of}`];
export const printing = (): Screen => ['PRINTING'];
export const outOfPaper = (): Screen => ['OUT OF PAPER', '', 'LOAD PAPER', 'OR PRESS CANCEL'];
export const removeCard = (): Screen => ['REMOVE CARD'];

// How an operation ended.
export const approved = (code: string, minor: number): Screen => [
  'APPROVED',
  `CODE ${code}`,
  spread('RMB', yuan(minor)),
];
export const declined = (code: string, text: string): Screen => ['DECLINED', `CODE ${code}`, text];
export const noAnswer = (): Screen => ['NO ANSWER', 'FROM ACQUIRER'];
export const noConnection = (): Screen => ['NO CONNECTION', 'TO ACQUIRER'];
export const macError = (): Screen => ['MAC ERROR', 'CODE A0'];
export const reversalFailed = (stan: string): Screen => ['REVERSAL FAILED', stan, 'CALL ACQUIRER'];
export const cancelled = (why = ''): Screen => ['CANCELLED', why];
export const notPossible = (why: string): Screen => ['NOT POSSIBLE', why];
export const signedOn = (batch: string): Screen => ['SIGNED ON', `BATCH ${batch}`];
export const settled = (batch: string, balanced: boolean): Screen => [
  'SETTLED',
  `BATCH ${batch}`,
  balanced ? 'BALANCED' : 'NOT BALANCED',
];
export const printerNotReady = (): Screen => ['PRINTER NOT READY', 'THE SLIP IS KEPT'];
export const reprinted = (): Screen => ['REPRINTED'];
