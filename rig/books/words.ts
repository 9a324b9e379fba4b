import type { LedgerEntry, Totals } from '../model/book.ts';
import type { DialogueMessage } from '../model/message.ts';
import { formatMoney, sameMoney } from '../model/money.ts';
import type { ReadSlip, StepRef } from './facts.ts';

/** How the books quote what they compare: enough to find it again, never card data. */

/** `sale voucher 000004 of CNY 128.50 (batch 000001, RRN 123456789012, posted)`. */
export function quoteEntry(entry: LedgerEntry): string {
  const asked = sameMoney(entry.requested, entry.booked) ? '' : `, asked for ${formatMoney(entry.requested)}`;
  const code =
    entry.state === 'declined' || entry.state === 'refused' ? ` with code ${entry.responseCode}` : '';
  const rrn = entry.rrn === '' ? '' : `, RRN ${entry.rrn}`;
  return `${entry.kind} voucher ${entry.stan} of ${formatMoney(entry.booked)} (batch ${entry.batch}${rrn}, ${entry.state}${code}${asked})`;
}

/** `merchant slip of voucher 000004, amount "RMB 128.50"`. */
export function quoteSlip(slip: ReadSlip): string {
  const duplicate = slip.source.duplicate ? 'reprinted ' : '';
  const amount = slip.source.fields['amount'];
  return `${duplicate}${slip.source.copy} slip of voucher ${slip.stan ?? '(none)'}, amount ${amount === undefined ? '(none)' : `"${clip(amount)}"`}`;
}

/** `reversal request, voucher 000004, batch 000001, CNY 128.50`. */
export function quoteMessage(message: DialogueMessage): string {
  const parts = [`${message.kind} ${message.direction}`];
  if (message.stan !== undefined) parts.push(`voucher ${message.stan}`);
  if (message.batch !== undefined) parts.push(`batch ${message.batch}`);
  if (message.amount !== undefined) parts.push(formatMoney(message.amount));
  if (message.code !== undefined) parts.push(`code ${message.code}`);
  return parts.join(', ');
}

/** `3 sales of CNY 60.00 and 1 credit of CNY 20.00`. */
export function quoteTotals(totals: Totals): string {
  const count = (n: number, one: string) => `${n} ${one}${n === 1 ? '' : 's'}`;
  return `${count(totals.debitCount, 'sale')} of ${formatMoney(totals.debit)} and ${count(totals.creditCount, 'credit')} of ${formatMoney(totals.credit)}`;
}

/** `step 2 (sale of CNY 20.00, shown as approved)`. */
export function quoteStep(step: StepRef): string {
  const amount = step.asked?.amount === undefined ? '' : ` of ${formatMoney(step.asked.amount)}`;
  const shown = step.outcome === undefined ? 'no outcome seen' : `shown as ${step.outcome}`;
  return `step ${step.step} (${step.action}${amount}, ${shown})`;
}

/** Printed text is the terminal's: one line, bounded. */
function clip(text: string): string {
  const line = text.replaceAll(/\p{C}/gu, '?');
  return line.length > 40 ? `${line.slice(0, 40)}…` : line;
}
