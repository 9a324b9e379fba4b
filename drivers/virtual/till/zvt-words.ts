import { apdu, bcd, bmp, holding, tag } from '../../codec/zvt/build.ts';
import type { TillSocket, TillTotals, TillTransaction } from '../terminal/till/request.ts';

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

/**
 * Status information of a transaction; the receipt number is the end of its voucher number.
 * @param currency is told only to a till that named it
 */
export function statusOf(transaction: TillTransaction, currency: string | undefined): Uint8Array {
  const { stan, amount, time, maskedPan, authCode, entry, originalStan } = transaction;
  return apdu(
    '040F',
    bmp('27', Uint8Array.of(0)),
    bmp('04', String(amount)),
    bmp('0B', stan),
    ...(originalStan === undefined ? [] : [bmp('37', originalStan)]),
    bmp('0C', time.slice(8, 14)),
    bmp('0D', time.slice(4, 8)),
    bmp('22', maskedPan),
    ...(currency === undefined ? [] : [bmp('49', currency)]),
    bmp('3B', Buffer.concat([Buffer.from(authCode, 'latin1'), Buffer.alloc(8)]).subarray(0, 8)),
    bmp('87', stan.slice(-4)),
    bmp('88', stan),
    holding('06', holding('2F', tag('1F12', TECHNOLOGY[entry] ?? 0))),
  );
}

/** Totals of the open batch, all under the cards that no other line counts. */
export function totalsOf({ count, minor, from, to }: TillTotals, currency: string | undefined): Uint8Array {
  const none = Buffer.alloc(7);
  const receipts = [from, to].map((stan) => bcd((stan ?? '0000').slice(-4), 2));
  const others = Buffer.concat([Uint8Array.of(Math.min(255, count)), bcd(String(Math.max(0, minor)), 6)]);
  return apdu(
    '040F',
    bmp('27', Uint8Array.of(0)),
    bmp('04', String(Math.max(0, minor))),
    ...(currency === undefined ? [] : [bmp('49', currency)]),
    bmp('60', Buffer.concat([...receipts, ...Array.from({ length: 6 }, () => none), others])),
  );
}

const VERSION = Buffer.from('VT-4', 'latin1');
const LLL_4 = Uint8Array.of(0xf0, 0xf0, 0xf4);

/** Completion of a status enquiry; status 9C: something is going on; 51: it has to sign on first. @param with what the service byte has asked for */
export const completionOfState = (
  { state, signedOn }: Pick<TillSocket, 'state' | 'signedOn'>,
  wanted: { readonly version: boolean; readonly more: boolean },
): Uint8Array =>
  apdu(
    '060F',
    ...(wanted.version ? [LLL_4, VERSION] : []),
    Uint8Array.of(state !== 'idle' ? 0x9c : signedOn ? 0x00 : 0x51),
    ...(wanted.more ? [holding('06', holding('E4', tag('1F40', 'posrig VT-4')))] : []),
  );
