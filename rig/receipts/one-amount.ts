import type { CapturedSlip } from '../bench/planes.ts';
import { readPrintedAmount } from '../books/printed-amount.ts';
import type { Judged } from './judge.ts';

interface Stated {
  readonly text: string;
  readonly minor: number;
  readonly lines: readonly number[];
}

/** Words of another amount than that of the transaction. */
const ANOTHER = /ORIG|BALANCE|LIMIT|AVAILABLE|SAVED|余额|额度|原(?!价)|积分/iu;
const LINES_MAX = 2000;

/**
 * Whether a slip states one amount: the field of the amount, its repetitions with or without a label, and the total are
 * equal, or what they differ by is printed too (a tip, a discount, a fee). Amounts in another currency are none of its
 * business. Undefined where fewer than two amounts can be read.
 */
export function oneAmount(slip: CapturedSlip, currency: string, locale: string): Judged | undefined {
  const own = statedIn(slip, currency, locale);
  const [first] = own;
  if (!first || own.length < 2) return undefined;
  const others = own.filter(({ minor }) => minor !== first.minor);
  const printed = others.length > 0 ? numbersOn(slip, currency, locale) : new Set<number>();
  const unexplained = others.filter(({ minor }) => !printed.has(Math.abs(minor - first.minor)));
  return {
    good: unexplained.length === 0,
    expected: `one amount on the slip: "${first.text}" everywhere, or a tip, fee or discount that explains the difference`,
    observed:
      unexplained.length === 0
        ? `"${first.text}"`
        : `"${first.text}" and ${unexplained.map(({ text }) => `"${text}"`).join(' and ')} on one slip`,
    lines: unexplained.length === 0 ? [] : [...first.lines, ...unexplained.flatMap(({ lines }) => lines)],
  };
}

function statedIn(slip: CapturedSlip, currency: string, locale: string): Stated[] {
  const { fields, fieldLines, repeats } = slip;
  const said = [
    { value: fields['amount'] ?? '', lines: fieldLines?.['amount'] ?? [] },
    ...(repeats?.['amount'] ?? []),
    { value: fields['total'] ?? '', lines: fieldLines?.['total'] ?? [] },
    ...(repeats?.['total'] ?? []),
  ];
  return said.flatMap(({ value, lines }): Stated[] => {
    if (lines.some((line) => ANOTHER.test(slip.lines[line] ?? ''))) return [];
    const read = readPrintedAmount(value, currency, locale);
    if (!read.ok || read.money.currency !== currency) return [];
    // Whether it is taken or given back is another question.
    return [{ text: value, minor: Math.abs(read.money.minor), lines }];
  });
}

/** Every amount that stands anywhere on the slip, minor units. */
function numbersOn(slip: CapturedSlip, currency: string, locale: string): Set<number> {
  const found = new Set<number>();
  for (const line of slip.lines.slice(0, LINES_MAX)) {
    for (const [number] of line
      .normalize('NFKC')
      .slice(0, 500)
      .matchAll(/\d[\d.,]*/g)) {
      const read = readPrintedAmount(number.replace(/[.,]+$/, ''), currency, locale);
      if (read.ok) found.add(read.money.minor);
    }
  }
  return found;
}

/** Whether a printed amount is below zero, by any of the signs that people print for it. */
export const isNegative = (printed: string): boolean => {
  const text = printed.normalize('NFKC').trim();
  return /^[^\d]*[-\u2010-\u2015\u2212]\s?[^\d]*\d|\d\s*[-\u2010-\u2015\u2212]\s*(?:CR)?$|\(.*\d.*\)/iu.test(
    text,
  );
};
