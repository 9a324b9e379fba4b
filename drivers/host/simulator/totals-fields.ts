import type { Totals } from '../../../rig/model/book.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import { packTotals, unpackTotals } from '../../codec/iso8583/index.ts';
import type { Request } from './request.ts';

/**
 * Totals of a settlement as the message carries them: UnionPay in F48 (62 digits), ISO 8583 itself in F74 to F97 (numbers
 * and amounts of credits and debits) with the result in F66. Seen from the terminal: debits are payments.
 */
export type Result = 'balanced' | 'not-balanced' | 'error';

/** UnionPay's digit is that of ISO 8583:1987 F66 as well: 1 in balance, 2 out of balance, 3 error. */
const DIGIT = { balanced: '1', 'not-balanced': '2', error: '3' } as const;

/** Most that three digits of a count can say, and twelve of an amount. */
const MOST_ITEMS = 999;
const MOST_MINOR = 999_999_999_999;

/** Totals that the terminal claims; undefined when the message has none that can be read. */
export function claimedTotals({
  message: { fields },
  currency,
}: Pick<Request, 'message' | 'currency'>): Totals | undefined {
  if (isGeneric(fields)) {
    const number = (id: string) => Number(/^\d+$/.test(fields[id] ?? '0') ? (fields[id] ?? '0') : Number.NaN);
    const [creditCount, debitCount, credit, debit] = ['74', '76', '86', '88'].map(number);
    const read = {
      debit: { minor: debit ?? 0, currency },
      debitCount: debitCount ?? 0,
      credit: { minor: credit ?? 0, currency },
      creditCount: creditCount ?? 0,
    };
    return [creditCount, debitCount, credit, debit].every(Number.isSafeInteger) ? read : undefined;
  }
  try {
    return unpackTotals(fields['48'] ?? '', currency).totals;
  } catch (thrown) {
    if (isRigError(thrown)) return undefined;
    throw thrown;
  }
}

/** Totals that a message can carry; a batch of more than 999 payments or refunds cannot be settled in one. */
export const fitsMessage = ({ debit, debitCount, credit, creditCount }: Totals): boolean =>
  debitCount <= MOST_ITEMS &&
  creditCount <= MOST_ITEMS &&
  debit.minor <= MOST_MINOR &&
  credit.minor <= MOST_MINOR;

/** Fields of the answer: the host's totals, as far as they fit, and the result. */
export function totalsFields(request: Request, totals: Totals, result: Result): Record<string, string> {
  const { fields } = request.message;
  if (isGeneric(fields)) {
    const { debit, debitCount, credit, creditCount } = totals;
    const digits = (value: number, length: number) => String(value).padStart(length, '0').slice(-length);
    return {
      '66': DIGIT[result],
      '74': digits(creditCount, 10),
      '76': digits(debitCount, 10),
      '86': digits(credit.minor, 16),
      '88': digits(debit.minor, 16),
    };
  }
  const told = fitsMessage(totals) ? totals : emptyTotals(request.currency);
  return { '48': packTotals(told, DIGIT[result]) };
}

export const emptyTotals = (currency: string): Totals => {
  const zero = { minor: 0, currency };
  return { debit: zero, debitCount: 0, credit: zero, creditCount: 0 };
};

const isGeneric = (fields: Readonly<Record<string, string>>) =>
  ['74', '76', '86', '88'].some((id) => fields[id] !== undefined);
