import { RigError } from './errors.ts';

/** An amount in integer minor units (fen, cent) of an ISO 4217 currency. Never a float. */
export interface Money {
  /** Safe integer, may be negative in sums. */
  readonly minor: number;
  /** ISO 4217 alphabetic code. */
  readonly currency: string;
}

interface Currency {
  readonly numeric: string;
  readonly exponent: number;
}

/** ISO 4217: numeric code and minor unit exponent. */
export const CURRENCIES: Readonly<Record<string, Currency>> = {
  CNY: { numeric: '156', exponent: 2 },
  HKD: { numeric: '344', exponent: 2 },
  MOP: { numeric: '446', exponent: 2 },
  TWD: { numeric: '901', exponent: 2 },
  SGD: { numeric: '702', exponent: 2 },
  JPY: { numeric: '392', exponent: 0 },
  KRW: { numeric: '410', exponent: 0 },
  USD: { numeric: '840', exponent: 2 },
  EUR: { numeric: '978', exponent: 2 },
  GBP: { numeric: '826', exponent: 2 },
  NGN: { numeric: '566', exponent: 2 },
  CLP: { numeric: '152', exponent: 0 },
  CHF: { numeric: '756', exponent: 2 },
  KWD: { numeric: '414', exponent: 3 },
};

function currencyOf(code: string): Currency {
  const currency = CURRENCIES[code];
  if (!currency) throw new RigError('FILE_INVALID', 'file', `unknown currency ${code}`);
  return currency;
}

/** ISO 4217 numeric code, e.g. `156`. */
export const numericCode = (code: string): string => currencyOf(code).numeric;

/** Alphabetic code for a numeric one, or undefined. */
export function currencyByNumeric(numeric: string): string | undefined {
  return Object.entries(CURRENCIES).find(([, c]) => c.numeric === numeric)?.[0];
}

/** `"128.50"` or `"20"` in major units to minor units; refuses more decimals than the currency has. */
export function parseAmount(text: string, currency: string): Money {
  const { exponent } = currencyOf(currency);
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.trim());
  const fraction = match?.[3] ?? '';
  if (!match || fraction.length > exponent) {
    throw new RigError('FILE_INVALID', 'file', `"${text}" is not an amount in ${currency}`, {
      hint: `Write it in major units with at most ${exponent} decimals, without separators.`,
    });
  }
  const minor = Number(`${match[1]}${match[2]}${fraction.padEnd(exponent, '0')}`);
  if (!Number.isSafeInteger(minor))
    throw new RigError('FILE_INVALID', 'file', `"${text}" is too large an amount`);
  return { minor, currency };
}

/** Major units without a currency sign, e.g. `128.50`. */
export function formatAmount(money: Money): string {
  const { exponent } = currencyOf(money.currency);
  const digits = String(Math.abs(money.minor)).padStart(exponent + 1, '0');
  const sign = money.minor < 0 ? '-' : '';
  return exponent === 0
    ? `${sign}${digits}`
    : `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** With its currency, e.g. `CNY 128.50`. */
export const formatMoney = (money: Money): string => `${money.currency} ${formatAmount(money)}`;

export const sameMoney = (a: Money, b: Money): boolean => a.minor === b.minor && a.currency === b.currency;
