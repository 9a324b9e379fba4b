import type { HostExchange } from '../bench/planes.ts';
import { readPrintedAmount } from '../books/printed-amount.ts';
import type { LedgerEntry, TillRecord } from '../model/book.ts';
import type { TestCard } from '../model/card.ts';
import { fitsCard } from '../model/mask-policy.ts';
import { formatMoney, type Money, sameMoney } from '../model/money.ts';

/** What the host knows under the name of a slip's field; undefined when it knows nothing of that name. */
export function hostValue(
  name: string,
  exchange: HostExchange | undefined,
  booked: LedgerEntry | undefined,
): string | Money | undefined {
  switch (name) {
    case 'amount':
      return booked?.booked ?? exchange?.response?.amount;
    case 'stan':
      return exchange?.request.stan;
    case 'batch':
      return exchange?.request.batch;
    case 'rrn':
      return exchange?.response?.rrn;
    case 'auth-code':
      return exchange?.response?.authCode;
    case 'terminal-id':
      return exchange?.request.terminal;
    case 'merchant-id':
      return exchange?.request.merchant;
    case 'original-stan':
      return exchange?.request.original?.stan;
    case 'original-rrn':
      return exchange?.request.original?.rrn;
    default:
      return undefined;
  }
}

/** What the till was told under the name of a slip's field; undefined when it was not told. */
export function tillValue(name: string, told: TillRecord | undefined): string | Money | undefined {
  if (name === 'amount') return told?.amount;
  return name === 'stan' ? told?.stan : undefined;
}

/** Whether a printed text shows a value; numbers of fixed length may lack leading zeros, amounts are compared in minor units. */
export function showsValue(
  printed: string | undefined,
  value: string | Money,
  currency: string,
  locale?: string,
): boolean {
  if (printed === undefined) return false;
  if (typeof value !== 'string') {
    const read = readPrintedAmount(printed, currency, locale);
    return read.ok && sameMoney(read.money, value);
  }
  return printed.trim() === value.trim();
}

export const inWords = (value: string | Money): string =>
  typeof value === 'string' ? `"${value.trim()}"` : formatMoney(value);

/** What stands on the card under the name of a slip's field, as a question to the printed text. */
export function agreesWithCard(name: string, printed: string, card: TestCard): boolean | undefined {
  if (name === 'pan') return fitsCard(printed, card.pan);
  return undefined;
}
