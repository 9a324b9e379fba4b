import { CURRENCIES, type Money } from '../model/money.ts';

/** Currency words found on slips, beside the ISO 4217 codes themselves. */
const WORDS: Readonly<Record<string, string>> = { RMB: 'CNY', HK$: 'HKD', S$: 'SGD', US$: 'USD', '€': 'EUR' };
/** One sign for two currencies: it means the terminal's own. */
const YUAN_OR_YEN: readonly string[] = ['¥', '¥'];

export type PrintedAmount =
  | { readonly ok: true; readonly money: Money }
  | { readonly ok: false; readonly why: string };

/**
 * Reads an amount as printed, strictly: an optional currency before the number (`RMB 128.50`, `¥1,234.50`, `JPY 500`),
 * an optional minus, digits plain or grouped in threes by commas, and exactly as many decimals as the currency has. A
 * number without a currency is in `terminalCurrency`. Anything else is refused with a reason; nothing is guessed.
 */
export function readPrintedAmount(text: string, terminalCurrency: string): PrintedAmount {
  if (text.length > 60) return { ok: false, why: 'what is printed is too long to be an amount' };
  const match = /^([^\d\s.,-]*)\s*(-?)\s*(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?$/.exec(text.trim());
  if (!match) return { ok: false, why: `"${text}" is not an amount` };
  const [, word = '', sign = '', whole = '', fraction = ''] = match;
  const currency = currencyOf(word, terminalCurrency);
  const exponent = CURRENCIES[currency ?? '']?.exponent;
  if (currency === undefined || exponent === undefined) {
    return { ok: false, why: `"${text}" names a currency that is not known` };
  }
  if (fraction.length !== exponent) {
    return { ok: false, why: `"${text}" does not have the ${exponent} decimals of ${currency}` };
  }
  const minor = Number(`${sign}${whole.replaceAll(',', '')}${fraction}`);
  if (!Number.isSafeInteger(minor)) return { ok: false, why: `"${text}" is too large an amount` };
  return { ok: true, money: { minor: minor === 0 ? 0 : minor, currency } };
}

function currencyOf(word: string, terminalCurrency: string): string | undefined {
  const upper = word.toUpperCase();
  if (upper === '') return terminalCurrency;
  if (Object.hasOwn(CURRENCIES, upper)) return upper;
  if (YUAN_OR_YEN.includes(word)) {
    return terminalCurrency === 'CNY' || terminalCurrency === 'JPY' ? terminalCurrency : undefined;
  }
  return Object.hasOwn(WORDS, upper) ? WORDS[upper] : undefined;
}
