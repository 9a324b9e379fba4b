import type { BatchTotals, Memory, TransactionRecord } from './memory.ts';
import { rowOf, type TransactionKind } from './transaction-table.ts';

/** Pre-authorisations that are remembered for naming them later; the acquirer knows the older ones. */
const HOLDS_KEPT = 200;

/** Transactions that count at settlement: on a side of the totals, and not refused by the acquirer after the fact. */
export const countedIn = (transactions: readonly TransactionRecord[]): readonly TransactionRecord[] =>
  transactions.filter(({ kind, refused }) => rowOf(kind).side !== 'none' && !refused);

/** Sums a batch by the sides of the transaction table; what was voided stays in debit, its void in credit. */
export function totalsOf(transactions: readonly TransactionRecord[]): BatchTotals {
  const totals = { debit: 0, debitCount: 0, credit: 0, creditCount: 0 };
  for (const { kind, amount } of countedIn(transactions)) {
    if (rowOf(kind).side === 'debit') {
      totals.debit += amount;
      totals.debitCount++;
    } else {
      totals.credit += amount;
      totals.creditCount++;
    }
  }
  return totals;
}

/** What a void, a completion void or an adjustment may take up, and what the display says of anything else. */
const TAKEN_UP: Readonly<
  Record<
    'void' | 'completion-void' | 'adjust',
    { readonly kinds: readonly TransactionKind[]; readonly else: string }
  >
> = {
  void: { kinds: ['sale', 'instalment'], else: 'NOT A SALE' },
  'completion-void': { kinds: ['completion'], else: 'NOT A COMPLETION' },
  adjust: { kinds: ['sale', 'offline-sale'], else: 'NOT A SALE' },
};

/** The transaction of this batch with this voucher number, if `by` may take it up, else why not (for the display). */
export function takenUpBy(
  by: keyof typeof TAKEN_UP,
  memory: Memory,
  stan: string,
): TransactionRecord | string {
  const record = memory.transactions.find((candidate) => candidate.stan === stan);
  if (!record) return 'NO SUCH RECORD';
  if (!TAKEN_UP[by].kinds.includes(record.kind)) return TAKEN_UP[by].else;
  if (record.refused) return 'NOT BOOKED';
  if (by === 'adjust' && record.tip !== undefined) return 'ALREADY ADJUSTED';
  return record.voided ? 'ALREADY VOIDED' : record;
}

/** What a new transaction makes of batch and holds: voids mark what they take back, a pre-authorisation joins the holds. */
export function recorded(
  { transactions, holds }: Pick<Memory, 'transactions' | 'holds'>,
  record: TransactionRecord,
): Pick<Memory, 'transactions' | 'holds'> {
  const { kind, original } = record;
  if (kind === 'pre-auth') return { transactions, holds: [...holds, record].slice(-HOLDS_KEPT) };
  if (kind === 'pre-auth-void') {
    const given = holds.map((hold) =>
      hold.authCode === original?.authCode ? { ...hold, voided: true } : hold,
    );
    return { transactions, holds: given };
  }
  if (rowOf(kind).side === 'none') return { transactions, holds };
  const takesBack = kind === 'void' || kind === 'completion-void';
  const marked = takesBack
    ? transactions.map((other) => (other.stan === original?.stan ? { ...other, voided: true } : other))
    : transactions;
  return { transactions: [...marked, record], holds };
}

/** A batch in which one transaction has changed, by its voucher number. */
export const changed = (
  transactions: readonly TransactionRecord[],
  stan: string,
  change: Partial<TransactionRecord>,
): readonly TransactionRecord[] =>
  transactions.map((record) => (record.stan === stan ? { ...record, ...change } : record));
