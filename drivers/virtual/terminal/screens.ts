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

const MENU = ['1 SALE 2 VOID 00MORE', '3 REFUND  4 SETTLE', '5 REPRINT 6 SIGN ON'];

/** Further pages of the menu: key 00 on the idle screen shows the first, on each page the next, cancel leads back. */
export const MENU_PAGES: readonly Screen[] = [
  ['MENU 2       00 NEXT', '1 PREAUTH 2 PA VOID', '3 COMPL   4 CP VOID', '5 CP NOTE 6 BALANCE'],
  ['MENU 3       00 NEXT', '1 MAIL    2 INSTALM', '3 OFFLINE 4 TIP', '5 DOWNLD  6 ECHO'],
  ['MENU 4       00 NEXT', '1 SIGN OFF'],
];

export const starting = (version: string): Screen => ['STARTING', '', `VT-4  ${version}`];

/** The idle screen: menu, whether a sign-on is needed, what is owed to the acquirer. */
export function idle(state: {
  readonly signedOn: boolean;
  readonly reversalDue: boolean;
  /** Messages stored to be sent. */
  readonly stored: number;
}): Screen {
  if (!state.signedOn) return ['PLEASE SIGN ON', ...MENU];
  if (state.reversalDue) return ['READY   REVERSAL DUE', ...MENU];
  return [state.stored > 0 ? spread('READY', `${state.stored} STORED`) : 'READY', ...MENU];
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
export const askTip = (minor: number): Screen => ['TIP', 'ENTER TIP', spread('RMB', yuan(minor))];
export const askVoucher = (digits: string, title = 'VOID'): Screen => [title, 'VOUCHER NO', digits];
export const askReference = (digits: string): Screen => ['REFUND', 'REFERENCE NO', digits];
export const askDate = (digits: string, title = 'REFUND'): Screen => [title, 'ORIGINAL DATE (MMDD)', digits];
export const askAuthCode = (digits: string, title: string): Screen => [title, 'AUTHORISATION NO', digits];
export const askInstalments = (digits: string): Screen => ['INSTALMENT', 'HOW MANY INSTALMENTS', digits];
/** Not one digit of a card number is shown while it is typed. */
export const askPan = (typed: number): Screen => ['MAIL ORDER', 'CARD NUMBER', '*'.repeat(typed)];
export const askExpiry = (digits: string): Screen => ['MAIL ORDER', 'EXPIRY (YYMM)', digits];
export const askSignature = (minor: number): Screen => [
  'SIGN ON THE PAD',
  spread('RMB', yuan(minor)),
  'ENTER WHEN SIGNED',
];
/** `what` names operation and voucher, e.g. `VOID 000012`. */
export const confirmTransaction = (what: string, minor: number, pan: string): Screen => [
  what,
  spread('RMB', yuan(minor)),
  pan,
  'ENTER TO CONFIRM',
];
export const confirmSettlement = (
  batch: string,
  sales: { readonly count: number; readonly minor: number },
  credit: { readonly count: number; readonly minor: number },
): Screen => [`SETTLE ${batch}`, total('SALES', sales), total('CREDIT', credit), 'ENTER TO CONFIRM'];
/** Without an amount (a balance enquiry) the line of the amount is empty. */
const amountLine = (minor: number | undefined) => (minor === undefined ? '' : spread('RMB', yuan(minor)));
export const askCard = (title: string, minor: number | undefined, hint = ''): Screen => [
  title,
  amountLine(minor),
  'INSERT/SWIPE/TAP',
  hint,
];
export const askPin = (title: string, minor: number | undefined, typed: number): Screen => [
  title,
  amountLine(minor),
  'ENTER PIN',
  '*'.repeat(typed),
];

/** Short lines: the code takes the right half of the display. */
export const showCode = (title: string, minor: number): Screen => [title, 'SCAN ME', yuan(minor)];

// What the terminal is doing.
export const reading = (title: string): Screen => [title, 'READING CARD'];
export const connecting = (title: string): Screen => [title, 'CONNECTING'];
export const waiting = (title: string): Screen => [title, 'WAITING'];
export const reversing = (stan: string, attempt: number): Screen => [
  `REVERSING ${stan}`,
  `ATTEMPT ${attempt}`,
];
export const sendingStored = (stan: string, attempt: number): Screen => [
  `SENDING ${stan}`,
  `ATTEMPT ${attempt}`,
];
export const downloading = (what: string, done: number): Screen => ['DOWNLOADING', what, String(done)];
export const uploading = (done: number, of: number): Screen => ['UPLOADING', `${done} OF ${of}`];
export const printing = (): Screen => ['PRINTING'];
export const outOfPaper = (): Screen => ['OUT OF PAPER', '', 'LOAD PAPER', 'OR PRESS CANCEL'];
export const printerCoverOpen = (): Screen => ['PRINTER COVER OPEN', '', 'CLOSE IT'];
export const printerTooHot = (): Screen => ['PRINTER TOO HOT', '', 'PLEASE WAIT'];
export const removeCard = (): Screen => ['REMOVE CARD'];

// How an operation ended.
export const approved = (code: string, minor: number): Screen => [
  'APPROVED',
  `CODE ${code}`,
  spread('RMB', yuan(minor)),
];
/** Done by the terminal alone; the acquirer is told later. */
export const stored = (minor: number): Screen => ['STORED', 'SENT LATER', spread('RMB', yuan(minor))];
export const storedRefused = (stan: string, code: string): Screen => [`REFUSED ${stan}`, `CODE ${code}`];
export const uploadFailed = (stan: string): Screen => ['UPLOAD FAILED', stan, 'TRY AGAIN LATER'];
export const balance = (code: string, text: string): Screen => [
  'AVAILABLE BALANCE',
  `CODE ${code}`,
  spread('RMB', text),
];
export const declined = (code: string, text: string): Screen => ['DECLINED', `CODE ${code}`, text];
export const noAnswer = (): Screen => ['NO ANSWER', 'FROM ACQUIRER'];
export const noConnection = (): Screen => ['NO CONNECTION', 'TO ACQUIRER'];
export const macError = (): Screen => ['MAC ERROR', 'CODE A0'];
export const reversalFailed = (stan: string): Screen => ['REVERSAL FAILED', stan, 'CALL ACQUIRER'];
export const cancelled = (why = ''): Screen => ['CANCELLED', why];
export const notPossible = (why: string): Screen => ['NOT POSSIBLE', why];
export const signedOn = (batch: string): Screen => ['SIGNED ON', `BATCH ${batch}`];
export const signedOff = (): Screen => ['SIGNED OFF'];
export const echoed = (): Screen => ['ACQUIRER ANSWERS'];
export const downloaded = (counts: {
  readonly parameters: number;
  readonly applications: number;
  readonly caKeys: number;
}): Screen => [
  'DOWNLOADED',
  spread('PARAMETERS', String(counts.parameters)),
  spread('APPLICATIONS', String(counts.applications)),
  spread('CA KEYS', String(counts.caKeys)),
];
export const settled = (batch: string, balanced: boolean): Screen => [
  'SETTLED',
  `BATCH ${batch}`,
  balanced ? 'BALANCED' : 'NOT BALANCED',
];
export const printerNotReady = (): Screen => ['PRINTER NOT READY', 'THE SLIP IS KEPT'];
export const reprinted = (): Screen => ['REPRINTED'];
