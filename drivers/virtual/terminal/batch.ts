import type { BatchTotals, Memory, TransactionRecord } from './memory.ts';

/** What one batch may hold; settlement counts have three digits. */
export const BATCH_CAPACITY = 500;

/** Sums a batch: sales are debit, voids and refunds credit; a voided sale stays in debit. */
export function totalsOf(transactions: readonly TransactionRecord[]): BatchTotals {
  const totals = { debit: 0, debitCount: 0, credit: 0, creditCount: 0 };
  for (const { kind, amount } of transactions) {
    if (kind === 'sale') {
      totals.debit += amount;
      totals.debitCount++;
    } else {
      totals.credit += amount;
      totals.creditCount++;
    }
  }
  return totals;
}

/** The sale of this batch with this voucher number, if it can be voided, else why not (for the display). */
export function voidableSale(memory: Memory, stan: string): TransactionRecord | string {
  const record = memory.transactions.find((candidate) => candidate.stan === stan);
  if (!record) return 'NO SUCH RECORD';
  if (record.kind !== 'sale') return 'NOT A SALE';
  return record.voided ? 'ALREADY VOIDED' : record;
}

/** The batch with one more transaction; a void marks its sale. */
export function recorded(
  transactions: readonly TransactionRecord[],
  record: TransactionRecord,
): readonly TransactionRecord[] {
  const marked =
    record.kind === 'void'
      ? transactions.map((sale) => (sale.stan === record.original?.stan ? { ...sale, voided: true } : sale))
      : transactions;
  return [...marked, record];
}
