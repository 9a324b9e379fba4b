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
  AED: { numeric: '784', exponent: 2 },
  ARS: { numeric: '032', exponent: 2 },
  AUD: { numeric: '036', exponent: 2 },
  BDT: { numeric: '050', exponent: 2 },
  BGN: { numeric: '975', exponent: 2 },
  BHD: { numeric: '048', exponent: 3 },
  BND: { numeric: '096', exponent: 2 },
  BRL: { numeric: '986', exponent: 2 },
  CAD: { numeric: '124', exponent: 2 },
  COP: { numeric: '170', exponent: 2 },
  CZK: { numeric: '203', exponent: 2 },
  DKK: { numeric: '208', exponent: 2 },
  EGP: { numeric: '818', exponent: 2 },
  ETB: { numeric: '230', exponent: 2 },
  GEL: { numeric: '981', exponent: 2 },
  GHS: { numeric: '936', exponent: 2 },
  HUF: { numeric: '348', exponent: 2 },
  IDR: { numeric: '360', exponent: 2 },
  ILS: { numeric: '376', exponent: 2 },
  INR: { numeric: '356', exponent: 2 },
  IQD: { numeric: '368', exponent: 3 },
  ISK: { numeric: '352', exponent: 0 },
  JOD: { numeric: '400', exponent: 3 },
  KES: { numeric: '404', exponent: 2 },
  KHR: { numeric: '116', exponent: 2 },
  KZT: { numeric: '398', exponent: 2 },
  LAK: { numeric: '418', exponent: 2 },
  LKR: { numeric: '144', exponent: 2 },
  LYD: { numeric: '434', exponent: 3 },
  MAD: { numeric: '504', exponent: 2 },
  MMK: { numeric: '104', exponent: 2 },
  MNT: { numeric: '496', exponent: 2 },
  MUR: { numeric: '480', exponent: 2 },
  MVR: { numeric: '462', exponent: 2 },
  MXN: { numeric: '484', exponent: 2 },
  MYR: { numeric: '458', exponent: 2 },
  NOK: { numeric: '578', exponent: 2 },
  NPR: { numeric: '524', exponent: 2 },
  NZD: { numeric: '554', exponent: 2 },
  OMR: { numeric: '512', exponent: 3 },
  PEN: { numeric: '604', exponent: 2 },
  PGK: { numeric: '598', exponent: 2 },
  PHP: { numeric: '608', exponent: 2 },
  PKR: { numeric: '586', exponent: 2 },
  PLN: { numeric: '985', exponent: 2 },
  PYG: { numeric: '600', exponent: 0 },
  QAR: { numeric: '634', exponent: 2 },
  RON: { numeric: '946', exponent: 2 },
  RSD: { numeric: '941', exponent: 2 },
  RUB: { numeric: '643', exponent: 2 },
  SAR: { numeric: '682', exponent: 2 },
  SEK: { numeric: '752', exponent: 2 },
  THB: { numeric: '764', exponent: 2 },
  TND: { numeric: '788', exponent: 3 },
  TRY: { numeric: '949', exponent: 2 },
  TZS: { numeric: '834', exponent: 2 },
  UAH: { numeric: '980', exponent: 2 },
  UGX: { numeric: '800', exponent: 0 },
  UYU: { numeric: '858', exponent: 2 },
  UZS: { numeric: '860', exponent: 2 },
  VND: { numeric: '704', exponent: 0 },
  XAF: { numeric: '950', exponent: 0 },
  XOF: { numeric: '952', exponent: 0 },
  XPF: { numeric: '953', exponent: 0 },
  ZAR: { numeric: '710', exponent: 2 },
  ZMW: { numeric: '967', exponent: 2 },
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
