import type { Totals } from '../../../rig/model/book.ts';
import { fail } from './fail.ts';

/** Result digit of a settlement reply: 1 balanced, 2 not balanced, 3 error; 0 in the request. */
export type TotalsResult = '0' | '1' | '2' | '3';

const number = (value: number, digits: number, what: string): string => {
  const text = String(value).padStart(digits, '0');
  return /^\d+$/.test(text) && text.length === digits
    ? text
    : fail('CODEC_FIELD', 'rig', `F48 ${what}: expected at most ${digits} digits`);
};

/**
 * Field 48 of a UnionPay settlement (0500/0510), 62 digits: debit amount 12, debit count 3, credit amount 12, credit
 * count 3, result 1, for domestic cards and again for foreign ones. All cards are domestic here; foreign is zero.
 */
export function packTotals(totals: Totals, result: TotalsResult = '0'): string {
  return [
    number(totals.debit.minor, 12, 'debit amount'),
    number(totals.debitCount, 3, 'debit count'),
    number(totals.credit.minor, 12, 'credit amount'),
    number(totals.creditCount, 3, 'credit count'),
    result,
    '0'.repeat(30),
    result,
  ].join('');
}

/** Domestic and foreign totals of field 48 together, with the domestic result. Throws CODEC_FIELD when it is not 62 digits. */
export function unpackTotals(
  field48: string,
  currency: string,
): { readonly totals: Totals; readonly result: TotalsResult } {
  if (!/^(\d{30}[0-3]){2}$/.test(field48)) {
    fail('CODEC_FIELD', 'terminal', 'F48 settlement totals: expected 62 digits, results 0 to 3');
  }
  const sum = (from: number, digits: number) =>
    Number(field48.slice(from, from + digits)) + Number(field48.slice(from + 31, from + 31 + digits));
  return {
    totals: {
      debit: { minor: sum(0, 12), currency },
      debitCount: sum(12, 3),
      credit: { minor: sum(15, 12), currency },
      creditCount: sum(27, 3),
    },
    result: field48.charAt(30) as TotalsResult,
  };
}

/** One transaction in a batch upload: scheme `00` domestic or `01` foreign, STAN, PAN, amount in minor units. */
export interface BatchDetail {
  readonly scheme: '00' | '01';
  readonly stan: string;
  readonly pan: string;
  readonly minor: number;
}

/** Field 48 of a batch upload (0320, 60.3 = 201): count 2, then up to 8 details of 40 digits. */
export function packDetails(details: readonly BatchDetail[]): string {
  if (details.length > 8)
    fail('CODEC_FIELD', 'rig', `F48 batch details: expected at most 8, found ${details.length}`);
  return (
    number(details.length, 2, 'count') +
    details
      .map(
        ({ scheme, stan, pan, minor }) => scheme + stan + pan.padStart(20, '0') + number(minor, 12, 'amount'),
      )
      .join('')
  );
}

/** Details of field 48 of a batch upload. The PAN loses its zero padding. Throws CODEC_FIELD. */
export function unpackDetails(field48: string): BatchDetail[] {
  const count = Number(field48.slice(0, 2));
  if (!/^\d{2,322}$/.test(field48) || field48.length !== 2 + count * 40) {
    fail(
      'CODEC_FIELD',
      'terminal',
      'F48 batch details: expected a count of 2 digits and 40 digits for each detail',
    );
  }
  return Array.from({ length: count }, (_, i) => {
    const detail = field48.slice(2 + i * 40, 42 + i * 40);
    return {
      scheme: detail.startsWith('01') ? '01' : '00',
      stan: detail.slice(2, 8),
      pan: detail.slice(8, 28).replace(/^0+/, ''),
      minor: Number(detail.slice(28)),
    };
  });
}
