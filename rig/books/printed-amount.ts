import { CURRENCIES, type Money } from '../model/money.ts';

/**
 * Currency words and signs found on slips, beside the ISO 4217 codes themselves. What several currencies share means the
 * terminal's own, if that is one of them, and nothing otherwise.
 */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  RMB: ['CNY'],
  元: ['CNY', 'TWD'],
  圆: ['CNY'],
  圓: ['TWD', 'HKD', 'MOP'],
  人民币: ['CNY'],
  人民幣: ['CNY'],
  港币: ['HKD'],
  港幣: ['HKD'],
  港元: ['HKD'],
  円: ['JPY'],
  원: ['KRW'],
  '¥': ['CNY', 'JPY'],
  $: ['USD', 'AUD', 'BND', 'CAD', 'CLP', 'COP', 'HKD', 'MXN', 'NZD', 'SGD', 'TWD', 'ARS', 'UYU'],
  US$: ['USD'],
  HK$: ['HKD'],
  MOP$: ['MOP'],
  NT$: ['TWD'],
  NTD: ['TWD'],
  新臺幣: ['TWD'],
  新台幣: ['TWD'],
  澳門元: ['MOP'],
  S$: ['SGD'],
  SG$: ['SGD'],
  A$: ['AUD'],
  AU$: ['AUD'],
  C$: ['CAD'],
  CA$: ['CAD'],
  NZ$: ['NZD'],
  R$: ['BRL'],
  MX$: ['MXN'],
  '€': ['EUR'],
  EURO: ['EUR'],
  '£': ['GBP'],
  '₩': ['KRW'],
  '฿': ['THB'],
  '₫': ['VND'],
  Đ: ['VND'],
  '₱': ['PHP'],
  '₹': ['INR'],
  RS: ['INR', 'LKR', 'MUR', 'NPR', 'PKR'],
  '₽': ['RUB'],
  РУБ: ['RUB'],
  '₴': ['UAH'],
  '₸': ['KZT'],
  '₺': ['TRY'],
  TL: ['TRY'],
  '₪': ['ILS'],
  '₦': ['NGN'],
  RM: ['MYR'],
  RP: ['IDR'],
  FR: ['CHF'],
  SFR: ['CHF'],
  ZŁ: ['PLN'],
  KČ: ['CZK'],
  KR: ['SEK', 'NOK', 'DKK', 'ISK'],
  FT: ['HUF'],
  LEI: ['RON'],
  KD: ['KWD'],
  BD: ['BHD'],
};

export type PrintedAmount =
  | { readonly ok: true; readonly money: Money }
  | { readonly ok: false; readonly why: string };

/**
 * Reads an amount as printed, strictly: an optional currency before the number (`RMB 128.50`, `¥1,234.50`, `JPY 500`),
 * an optional colon and minus, digits plain or grouped as the locale does, and exactly as many decimals as the currency has. A
 * number without a currency is in `terminalCurrency`. Anything else is refused with a reason; nothing is guessed.
 * @param locale whose signs separate decimals and thousands, e.g. `de-DE`: `1.234,50`; the currency may stand behind there
 */
export function readPrintedAmount(text: string, terminalCurrency: string, locale = 'en'): PrintedAmount {
  if (text.length > 60) return { ok: false, why: 'what is printed is too long to be an amount' };
  const match = amountPattern(locale).exec(text.normalize('NFKC').trim());
  if (!match) return { ok: false, why: `"${text}" is not an amount` };
  const [, before = '', sign = '', digits = '', fraction = '', after = ''] = match;
  const whole = digits.replace(/\D/g, '');
  const currency = currencyOf(before || after, terminalCurrency);
  // 人民币128.50元 names one currency twice.
  const twice = before !== '' && after !== '' && currencyOf(after, terminalCurrency) !== currency;
  if (twice) return { ok: false, why: `"${text}" names two currencies` };
  const exponent = CURRENCIES[currency ?? '']?.exponent;
  if (currency === undefined || exponent === undefined) {
    return { ok: false, why: `"${text}" names a currency that is not known` };
  }
  if (fraction.length !== exponent) {
    return { ok: false, why: `"${text}" does not have the ${exponent} decimals of ${currency}` };
  }
  const minor = Number(`${sign}${whole}${fraction}`);
  if (!Number.isSafeInteger(minor)) return { ok: false, why: `"${text}" is too large an amount` };
  return { ok: true, money: { minor: minor === 0 ? 0 : minor, currency } };
}

const patterns = new Map<string, RegExp>();

/** Signs by the locale data of the machine; a locale that it does not know throws a RangeError. */
function amountPattern(locale: string): RegExp {
  const known = patterns.get(locale);
  if (known) return known;
  const parts = new Intl.NumberFormat(locale, { useGrouping: true, minimumFractionDigits: 2 }).formatToParts(
    1234567.5,
  );
  const sign = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const decimal = escaped(sign('decimal'));
  // Blanks between thousands come in several widths.
  const group = /\s/u.test(sign('group'))
    ? '[\\s\u00a0\u202f]'
    : sign('group') === "'" || sign('group') === '’'
      ? "['’]"
      : escaped(sign('group'));
  const word = '[^\\d\\s.,:-]*';
  // 12,34,567 in India: pairs of digits before the last three.
  const [, second] = parts.filter(({ type }) => type === 'integer');
  const grouped =
    second?.value.length === 2 ? `\\d{1,2}(?:${group}\\d{2})*${group}\\d{3}` : `\\d{1,3}(?:${group}\\d{3})+`;
  const made = new RegExp(
    `^(${word})\\s*:?\\s*(-?)\\s*(${grouped}|\\d+)(?:${decimal}(\\d+))?\\s*(${word})$`,
    'u',
  );
  patterns.set(locale, made);
  return made;
}

function currencyOf(word: string, terminalCurrency: string): string | undefined {
  const upper = word.toUpperCase();
  if (upper === '') return terminalCurrency;
  if (Object.hasOwn(CURRENCIES, upper)) return upper;
  const meant = Object.hasOwn(WORDS, upper) ? (WORDS[upper] ?? []) : [];
  return meant.length === 1 ? meant[0] : meant.find((currency) => currency === terminalCurrency);
}
