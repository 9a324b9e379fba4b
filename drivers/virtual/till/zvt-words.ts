import { apdu, bmp, holding, tag } from '../../codec/zvt/build.ts';
import type { TillTransaction } from '../terminal/till/request.ts';

/** What this model's screens and transactions are called in ZVT. */
const STATES: readonly (readonly [shows: RegExp, code: number])[] = [
  [/INSERT\/SWIPE\/TAP/, 0x0a],
  [/READING CARD/, 0x0e],
  [/ENTER PIN/, 0x01],
  [/CONNECTING/, 0xd2],
  [/WAITING/, 0x04],
  [/^REVERSING/, 0x05],
  [/^SENDING/, 0x06],
  [/^REMOVE CARD/, 0x0b],
  [/^UPLOADING|^PRINTING/, 0x17],
];

/** The state of a screen; undefined for one that a till need not know of. */
export const stateOf = (lines: readonly string[]): number | undefined =>
  STATES.find(([shows]) => lines.some((line) => shows.test(line)))?.[1];

const ENDS: readonly (readonly [shows: RegExp, code: number])[] = [
  [/^CANCELLED/, 0x6c],
  [/^NO CONNECTION/, 0xa3],
  [/^NO ANSWER/, 0x9b],
  [/SETTLE FIRST|BATCH FULL/, 0xf0],
  [/PRINTER NOT READY/, 0xcc],
  [/ANOTHER CARD|ALREADY/, 0xb5],
  [/^NOT POSSIBLE/, 0x83],
];

/** The result code of a screen that an operation ended with. What the acquirer said (01 to 99) is told as its number. */
export function resultCodeOf(lines: readonly string[]): number {
  const told = /^CODE (\d\d)$/.exec(lines[1] ?? '')?.[1];
  if (told !== undefined && told !== '00') return Number(told);
  return ENDS.find(([shows]) => lines.some((line) => shows.test(line)))?.[1] ?? 0xff;
}

const TECHNOLOGY: Readonly<Record<string, number>> = { swipe: 0, chip: 1, tap: 2 };

/** Status information of a transaction; the receipt number is the end of its voucher number. */
export function statusOf({ stan, amount, time, maskedPan, authCode, entry }: TillTransaction): Uint8Array {
  return apdu(
    '040F',
    bmp('27', Uint8Array.of(0)),
    bmp('04', String(amount)),
    bmp('49', '156'),
    bmp('0B', stan),
    bmp('0C', time.slice(8, 14)),
    bmp('0D', time.slice(4, 8)),
    bmp('22', maskedPan),
    bmp('3B', authCode),
    bmp('87', stan.slice(-4)),
    holding('06', holding('2F', tag('1F12', TECHNOLOGY[entry] ?? 0))),
  );
}
