/**
 * The transactions of the UnionPay-style POS dialect that this firmware makes, as data: how each is told on the wire (MTI,
 * F3, F25, 60.1), whether it is taken back by a reversal when no answer comes, and on which side of the settlement totals
 * it counts. Protocol facts: the transaction table of the acquirer's terminal specification.
 */
export interface TransactionRow {
  readonly mti: string;
  /** F3; its first two digits are the transaction type of the chip (tag 9C) as well. */
  readonly processingCode: string;
  /** F25 */
  readonly condition: string;
  /** 60.1 */
  readonly type: string;
  /** A 0200 or 0100 is reversed when nothing comes back; a notice (0220) is repeated instead. */
  readonly reversible: boolean;
  /** Side of the settlement totals; `none` is in no batch. */
  readonly side: 'debit' | 'credit' | 'none';
  /** First line of its screens, at most 20 cells. */
  readonly title: string;
  /** Transaction type on the slip. */
  readonly slip: string;
}

export const TRANSACTIONS = {
  sale: row('0200', '000000', '00', '22', 'debit', 'SALE', '消费 SALE'),
  void: row('0200', '200000', '00', '23', 'credit', 'VOID', '消费撤销 VOID'),
  refund: row('0220', '200000', '00', '25', 'credit', 'REFUND', '退货 REFUND'),
  'pre-auth': row('0100', '030000', '06', '10', 'none', 'PRE-AUTH', '预授权 PRE-AUTH'),
  'pre-auth-void': row('0100', '200000', '06', '11', 'none', 'PRE-AUTH VOID', '预授权撤销 PRE-AUTH VOID'),
  completion: row('0200', '000000', '06', '20', 'debit', 'COMPLETION', '预授权完成 COMPLETION'),
  'completion-void': row(
    '0200',
    '200000',
    '06',
    '21',
    'credit',
    'COMPLETION VOID',
    '完成撤销 COMPLETION VOID',
  ),
  'completion-notice': row(
    '0220',
    '000000',
    '06',
    '24',
    'debit',
    'COMPLETION NOTICE',
    '完成通知 COMPLETION NOTICE',
  ),
  moto: row('0200', '000000', '08', '22', 'debit', 'MAIL ORDER', '邮购 MAIL ORDER'),
  instalment: row('0200', '000000', '64', '22', 'debit', 'INSTALMENT', '分期消费 INSTALMENT'),
  'offline-sale': row('0220', '000000', '00', '30', 'debit', 'OFFLINE SALE', '离线消费 OFFLINE SALE'),
  adjust: row('0220', '000000', '00', '34', 'none', 'TIP', '小费调整 TIP'),
} as const satisfies Readonly<Record<string, TransactionRow>>;

/** Kinds of financial transaction that this firmware makes. */
export type TransactionKind = keyof typeof TRANSACTIONS;

/** The order in which a parameter download switches transactions on and off. */
export const TRANSACTION_SWITCHES: readonly (TransactionKind | 'balance')[] = [
  'sale',
  'void',
  'refund',
  'pre-auth',
  'pre-auth-void',
  'completion',
  'completion-void',
  'completion-notice',
  'balance',
  'moto',
  'instalment',
  'offline-sale',
  'adjust',
];

/** The row of a kind. */
export const rowOf = (kind: TransactionKind): TransactionRow => TRANSACTIONS[kind];

function row(
  mti: string,
  processingCode: string,
  condition: string,
  type: string,
  side: TransactionRow['side'],
  title: string,
  slip: string,
): TransactionRow {
  return { mti, processingCode, condition, type, side, title, slip, reversible: mti !== '0220' };
}
