import { maskPan } from '../../../rig/model/card.ts';
import type { Defects } from './defects.ts';
import type { SlipCopy, TransactionRecord } from './memory.ts';
import { yuan } from './screens.ts';

/** `20261122093015` as `2026/11/22 09:30:15`. */
export const printedTime = (time: string) =>
  time.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1/$2/$3 $4:$5:$6');

/** The card number as it stands on a copy: first six and last four digits. */
export function printedPan(pan: string, copy: SlipCopy, defects: Defects): string {
  if (copy === 'merchant' && defects.has('full-pan-on-slip')) return pan;
  if (copy === 'customer' && defects.has('pan-in-groups')) return pan.replace(/(.{4})(?=.)/g, '$1 ');
  if (defects.has('masks-complement')) {
    const half = Math.ceil(pan.length / 2);
    return copy === 'merchant'
      ? pan.slice(0, half).padEnd(pan.length, '*')
      : pan.slice(half).padStart(pan.length, '*');
  }
  return maskPan(pan);
}

/** What a transaction came to, with its currency. */
export function printedAmount(record: TransactionRecord, copy: SlipCopy, defects: Defects): string {
  const fen = defects.has('amount-from-request') ? record.requested : record.amount;
  const off = copy === 'customer' && defects.has('slip-amount-wrong') ? 1 : 0;
  return `${defects.has('slip-currency-wrong') ? 'USD' : 'RMB'} ${yuan(fen + off)}`;
}

/** Date and time of the acquirer's answer. */
export function printedMoment(
  { time }: TransactionRecord,
  duplicate: boolean,
  now: string,
  defects: Defects,
): string {
  if (defects.has('slip-date-stale')) return printedTime(`20000101${time.slice(8)}`);
  return printedTime(duplicate && defects.has('reprint-shows-new-time') ? now : time);
}
