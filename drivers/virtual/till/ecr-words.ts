import type { Values } from '../../codec/ecr/values.ts';
import type { TillTransaction } from '../terminal/till/request.ts';

/** What this model's screens say, in the words of all till protocols. */
const STATES: readonly (readonly [shows: RegExp, means: string])[] = [
  [/INSERT\/SWIPE\/TAP/, 'insert-card'],
  [/READING CARD/, 'reading-card'],
  [/ENTER PIN/, 'enter-pin'],
  [/CONNECTING/, 'connecting'],
  [/WAITING/, 'waiting'],
  [/^REVERSING/, 'reversing'],
  [/^SENDING/, 'sending'],
  [/^REMOVE CARD/, 'remove-card'],
  [/^UPLOADING|^PRINTING/, 'printing'],
];

/** The state that a screen shows; undefined for one that a till need not know of. */
export const stateOf = (lines: readonly string[]): string | undefined =>
  STATES.find(([shows]) => lines.some((line) => shows.test(line)))?.[1];

const ENDS: readonly (readonly [shows: RegExp, means: string])[] = [
  [/^DECLINED/, 'declined'],
  [/^CANCELLED/, 'cancelled'],
  [/^NO CONNECTION/, 'no-connection'],
  [/^NO ANSWER/, 'no-answer'],
  [/SETTLE FIRST|BATCH FULL/, 'settle-first'],
  [/PRINTER NOT READY/, 'no-paper'],
  [/ANOTHER CARD|ALREADY|NO SUCH/, 'not-found'],
  [/^NOT POSSIBLE/, 'unsupported'],
];

/** What a screen means that an operation ended with and did not succeed. */
export const senseOf = (lines: readonly string[]): string =>
  ENDS.find(([shows]) => lines.some((line) => shows.test(line)))?.[1] ?? 'error';

/** Why it did not, in the words of the screen. */
export const wordsOf = (lines: readonly string[]): string =>
  lines
    .filter((line) => line !== '')
    .join(' ')
    .trim();

/** What the till is told of a transaction: no more than its slip says. */
export const valuesOf = (made: TillTransaction): Values => ({
  amount: String(made.amount),
  stan: made.stan,
  'auth-code': made.authCode,
  rrn: made.rrn,
  pan: made.maskedPan,
  entry: made.entry,
  time: made.time,
});
