import type { CapturedSlip, PlaneByName } from '../../bench/planes.ts';
import { readPrintedAmount } from '../../books/printed-amount.ts';
import { describePolicy, fitsCard, fitsPolicy } from '../../model/mask-policy.ts';
import { formatMoney, type Money, parseAmount, sameMoney } from '../../model/money.ts';
import type { PartUnderTest } from '../../model/verdict.ts';
import { doubtOf } from '../../receipts/doubt.ts';
import type { FieldCheck, ReceiptExpect, SlipExpect } from '../../scenario/scenario.ts';
import type { StepRecord } from '../step-record.ts';
import { stanOf } from '../step-record.ts';
import { met, type Observation, unclear, unmet } from './observation.ts';
import { shownOn } from './rules.ts';

const COPIES = ['merchant', 'customer', 'settlement'] as const;

/** Expectations on the paper of one step. */
export function expectReceipt(
  expected: 'none' | ReceiptExpect,
  record: StepRecord,
  currency: string,
  underTest: readonly PartUnderTest[],
  bearings: Paper = {},
): Observation[] {
  const path = 'expect.receipt';
  const { slips } = record.seen;
  if (expected === 'none') {
    const printed = slips.filter((slip) => slip.copy === 'merchant' || slip.copy === 'customer');
    return printed.length === 0
      ? [met(path, 'no slip', 'no slip')]
      : [
          unmet(
            path,
            'no slip',
            `${printed.length} printed: ${printed.map(describeSlip).join('; ')}`,
            'terminal',
            underTest,
          ),
        ];
  }
  const found: Observation[] = [];
  for (const copy of COPIES) {
    const fields = expected[copy];
    if (!fields) continue;
    const candidates = slips.filter((slip) => slip.copy === copy);
    const stan = stanOf(record);
    const slip = candidates.find((candidate) => candidate.fields['stan'] === stan) ?? candidates[0];
    if (!slip) {
      found.push(unmet(`${path}.${copy}`, `a ${copy} copy`, printedInstead(slips), 'terminal', underTest));
      continue;
    }
    found.push(met(`${path}.${copy}`, `a ${copy} copy`, describeSlip(slip)));
    found.push(...expectFields(`${path}.${copy}`, fields, slip, record, currency, underTest, bearings));
  }
  if (expected.duplicate) {
    const unmarked = slips.filter((slip) => !slip.duplicate);
    const all = slips.length > 0 && unmarked.length === 0;
    const observed =
      slips.length === 0
        ? 'nothing was printed'
        : all
          ? 'marked'
          : `not marked: ${unmarked.map(describeSlip).join('; ')}`;
    found.push(
      all
        ? met(`${path}.duplicate`, 'every copy marked as a reprint', observed)
        : unmet(`${path}.duplicate`, 'every copy marked as a reprint', observed, 'terminal', underTest),
    );
  }
  if (expected.forbiddenNone) {
    const bad = slips.filter((slip) => slip.forbidden.length > 0);
    found.push(
      bad.length === 0
        ? met(`${path}.forbidden`, 'no forbidden content on paper', 'none')
        : unmet(
            `${path}.forbidden`,
            'no forbidden content on paper',
            bad.map((slip) => `${slip.copy} copy shows ${slip.forbidden.join(', ')}`).join('; '),
            'terminal',
            underTest,
          ),
    );
  }
  return found;
}

function expectFields(
  path: string,
  fields: SlipExpect,
  slip: CapturedSlip,
  record: StepRecord,
  currency: string,
  underTest: readonly PartUnderTest[],
  { planes, locale }: Paper,
): Observation[] {
  return Object.entries(fields).map(([name, check]) => {
    const signs = { currency, locale };
    const { expected, observed, good } = judgeField(name, check, slip, record, signs);
    const host = check.is === 'matches-host' ? hostValue(name, record) : undefined;
    const wanted = check.is === 'text' ? check.text : typeof host === 'string' ? host : undefined;
    const doubt = doubtOf({
      slip,
      fields: [name],
      good,
      wanted: wanted === undefined ? {} : { [name]: wanted },
      again: (other) => judgeField(name, check, other, record, signs).good,
    });
    const shown =
      good && doubt === undefined
        ? {}
        : planes
          ? shownOn(slip, slip.fieldLines?.[name] ?? [], planes, `${slip.copy}-${name}`)
          : {};
    if (doubt !== undefined) return { ...unclear(`${path}.${name}`, expected, observed, doubt), ...shown };
    return good
      ? met(`${path}.${name}`, expected, observed)
      : { ...unmet(`${path}.${name}`, expected, observed, 'terminal', underTest), ...shown };
  });
}

/** Where verdicts on paper take their pictures from, and whose signs amounts have. */
interface Paper {
  readonly planes?: Partial<PlaneByName>;
  readonly locale?: string;
}

interface Judged {
  readonly expected: string;
  readonly observed: string;
  readonly good: boolean;
}

function judgeField(
  name: string,
  check: FieldCheck,
  slip: CapturedSlip,
  record: StepRecord,
  { currency, locale }: { readonly currency: string; readonly locale: string | undefined },
): Judged {
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
      return { expected: formatMoney(wanted), observed, good: shows(printed, wanted, currency, locale) };
    }
    case 'matches-host': {
      const host = hostValue(name, record);
      if (host === undefined)
        return {
          expected: 'the value the host has',
          observed: `${observed}; the host has none`,
          good: false,
        };
      const good =
        typeof host === 'string' ? printed?.trim() === host.trim() : shows(printed, host, currency, locale);
      return {
        expected: typeof host === 'string' ? `"${host}" (host)` : `${formatMoney(host)} (host)`,
        observed,
        good,
      };
    }
  }
}

function shows(printed: string | undefined, money: Money, currency: string, locale?: string): boolean {
  if (printed === undefined) return false;
  const read = readPrintedAmount(printed, currency, locale);
  return read.ok && sameMoney(read.money, money);
}

/** At most six leading and four trailing digits, something that is no digit in between; an entry letter may follow. */
function isMasked(printed: string): boolean {
  return /^\d{0,6}[^\d\s]{2,}\d{0,4}$/u.test(printed.replace(/\s*\/?\s*[A-Z]$/u, '').replaceAll(' ', ''));
}

/** What the host knows under the name of a slip's field. */
function hostValue(name: string, record: StepRecord): string | Money | undefined {
  const exchange = record.seen.exchanges.find((candidate) => candidate.request.kind === record.kind);
  const booked = record.seen.ledger.find(
    (entry) => entry.stan === exchange?.request.stan && entry.kind === record.kind,
  );
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

const describeSlip = (slip: CapturedSlip): string =>
  `${slip.copy} copy${slip.duplicate ? ' (duplicate)' : ''}${slip.fields['stan'] ? ` of ${slip.fields['stan']}` : ''}${slip.fields['amount'] ? `, ${slip.fields['amount']}` : ''}`;

const printedInstead = (slips: readonly CapturedSlip[]): string =>
  slips.length === 0 ? 'nothing was printed' : `only ${slips.map(describeSlip).join('; ')}`;
