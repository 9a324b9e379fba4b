import type { CapturedSlip } from '../../bench/planes.ts';
import type { TillRecord } from '../../model/book.ts';
import { describePolicy, fitsCard, fitsPolicy } from '../../model/mask-policy.ts';
import { formatMoney, type Money, parseAmount } from '../../model/money.ts';
import { hostValue, inWords, showsValue, tillValue } from '../../receipts/known-value.ts';
import type { FieldCheck } from '../../scenario/scenario.ts';
import { madeIn, type StepRecord } from '../step-record.ts';

/** What a field of a slip is compared with, beside the scenario's own words. */
export interface Known {
  readonly record: StepRecord;
  readonly currency: string;
  readonly locale: string | undefined;
  /** What the till was told of the transaction, if there is a till. */
  readonly told: TillRecord | undefined;
}

interface Judged {
  readonly expected: string;
  readonly observed: string;
  readonly good: boolean;
}

/**
 * Compares a field of a slip with what a scenario asks of it. Undefined: what it should be compared with is not known on
 * this bench.
 */
export function judgeField(
  name: string,
  check: FieldCheck,
  slip: CapturedSlip,
  known: Known,
): Judged | undefined {
  const { record, currency, locale } = known;
  const printed = slip.fields[name];
  const observed = printed === undefined ? 'not printed' : `"${printed}"`;
  switch (check.is) {
    case 'present':
      return { expected: 'printed', observed, good: printed !== undefined && printed !== '' };
    case 'absent':
      return { expected: 'not printed', observed, good: printed === undefined };
    case 'masked':
      return {
        expected: 'at most the first six and last four digits',
        observed: slip.forbidden.includes('pan') ? 'the full card number' : observed,
        good: printed !== undefined && !slip.forbidden.includes('pan') && isMasked(printed),
      };
    case 'last4':
    case 'last5':
    case 'first6last4':
    case 'bin8last4': {
      const clear = slip.forbidden.includes('pan');
      return {
        expected: describePolicy(check.is),
        observed: clear ? 'the full card number' : observed,
        good: printed !== undefined && !clear && fitsPolicy(printed, check.is),
      };
    }
    case 'matches-card':
      return {
        expected: `the digits of the card that was used${record.card ? ` (${record.card.id})` : ''}`,
        observed: slip.forbidden.includes('pan') ? 'the full card number' : observed,
        good: printed !== undefined && record.card !== undefined && fitsCard(printed, record.card.pan),
      };
    case 'text':
      return { expected: `"${check.text}"`, observed, good: printed === check.text };
    case 'amount': {
      const wanted = parseAmount(check.amount, currency);
      return {
        expected: formatMoney(wanted),
        observed,
        good: showsValue(printed, wanted, currency, locale),
      };
    }
    case 'matches-till': {
      const told = tillValue(name, known.told);
      if (told === undefined) return undefined;
      const good = showsValue(printed, told, currency, locale);
      return { expected: `${inWords(told)} (till)`, observed, good };
    }
    case 'matches-host': {
      const host = valueAtHost(name, record);
      if (host === undefined) {
        const without = `${observed}; the host has none`;
        return { expected: 'the value the host has', observed: without, good: false };
      }
      return {
        expected: `${inWords(host)} (host)`,
        observed,
        good: showsValue(printed, host, currency, locale),
      };
    }
  }
}

/** The text that a field should have, where the scenario or another plane says so. */
export function wantedText(name: string, check: FieldCheck, known: Known): string | undefined {
  if (check.is === 'text') return check.text;
  const value =
    check.is === 'matches-host'
      ? valueAtHost(name, known.record)
      : check.is === 'matches-till'
        ? tillValue(name, known.told)
        : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** What the till was told last in a step; undefined when it was told nothing. */
export const toldIn = ({ from, to }: StepRecord, told: readonly TillRecord[]): TillRecord | undefined =>
  told.findLast(({ at, outcome }) => from <= at && at <= to && outcome === 'approved');

function valueAtHost(name: string, record: StepRecord): string | Money | undefined {
  const exchange = madeIn(record);
  const booked = record.seen.ledger.find(
    (entry) => entry.stan === exchange?.request.stan && entry.kind === record.kind,
  );
  return hostValue(name, exchange, booked);
}

/** At most six leading and four trailing digits, something that is no digit in between; an entry letter may follow. */
function isMasked(printed: string): boolean {
  return /^\d{0,6}[^\d\s]{2,}\d{0,4}$/u.test(printed.replace(/\s*\/?\s*[A-Z]$/u, '').replaceAll(' ', ''));
}
