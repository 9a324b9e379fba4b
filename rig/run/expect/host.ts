import type { HostExchange } from '../../bench/planes.ts';
import type { MessageKind } from '../../model/message.ts';
import { formatAmount, formatMoney, parseAmount, sameMoney } from '../../model/money.ts';
import type { PartUnderTest } from '../../model/verdict.ts';
import type { HostExpect } from '../../scenario/scenario.ts';
import type { StepRecord } from '../step-record.ts';
import { stanOf } from '../step-record.ts';
import { type AnsweringHost, blameForAnswer } from './answer.ts';
import { met, type Observation, unmet } from './observation.ts';

/**
 * Expectations on what the host saw in a step: each listed message must be found, in the order listed. `records` are the
 * steps so far, this one last.
 */
export function expectHost(
  expected: 'none' | readonly HostExpect[],
  records: readonly StepRecord[],
  currency: string,
  underTest: readonly PartUnderTest[],
  host: AnsweringHost,
): Observation[] {
  const record = records.at(-1);
  const exchanges = record?.seen.exchanges ?? [];
  const seen = exchanges.length === 0 ? 'nothing' : exchanges.map(describeExchange).join(', ');
  if (expected === 'none') {
    return [
      exchanges.length === 0
        ? met('expect.host', 'nothing reaches the host', seen)
        : unmet('expect.host', 'nothing reaches the host', seen, 'terminal', underTest),
    ];
  }
  let from = 0;
  return expected.map((item, index) => {
    const path = `expect.host[${index}]`;
    if ('no' in item) {
      const found = exchanges.find((exchange) => exchange.request.kind === item.no);
      return found
        ? unmet(path, `no ${item.no}`, describeExchange(found), 'terminal', underTest)
        : met(path, `no ${item.no}`, seen);
    }
    const wanted = describe(item);
    const near: string[] = [];
    let answered: HostExchange | undefined;
    for (let at = from; at < exchanges.length; at++) {
      const exchange = exchanges[at];
      if (exchange?.request.kind !== item.kind) continue;
      const wrong = mismatches(item, exchange, records, currency);
      const late =
        item.before && exchanges.slice(0, at).some((earlier) => earlier.request.kind === item.before);
      if (late) wrong.push(`it came after the ${item.before}`);
      const answer = otherAnswer(item, exchange);
      if (wrong.length === 0 && answer !== undefined) answered ??= exchange;
      if (answer !== undefined) wrong.push(answer);
      if (wrong.length === 0) {
        from = at + 1;
        return met(path, wanted, `${describeExchange(exchange)}${uncheckedIn(item, exchange)}`);
      }
      near.push(`${describeExchange(exchange)}: ${wrong.join('; ')}`);
    }
    const observed = near.length > 0 ? near.join(' | ') : `the host saw ${seen}`;
    // The right request came, and only the answer was another: that need not be the terminal's doing.
    if (answered && record) {
      const { why, ...judged } = blameForAnswer(answered, record, host, underTest);
      const undermines = judged.blame === 'terminal' ? {} : { undermines: true as const };
      return { path, expected: wanted, observed: `${observed} (${why})`, ...judged, ...undermines };
    }
    return unmet(path, wanted, observed, 'terminal', underTest);
  });
}

/** What checks on clear data are about. */
const CHECKED = { mac: 'MAC', pin: 'PIN block', cryptogram: 'cryptogram', track: 'encrypted track' } as const;

type Wanted = Exclude<HostExpect, { no: unknown }>;

function mismatches(
  item: Wanted,
  exchange: HostExchange,
  records: readonly StepRecord[],
  currency: string,
): string[] {
  const wrong: string[] = [];
  const { request } = exchange;
  if (item.amount !== undefined) {
    const wanted = parseAmount(item.amount, currency);
    if (!request.amount || !sameMoney(request.amount, wanted)) {
      wrong.push(
        `asked for ${request.amount ? formatMoney(request.amount) : 'no amount'}, not ${formatMoney(wanted)}`,
      );
    }
  }
  if (item.approvedAmount !== undefined) {
    const wanted = parseAmount(item.approvedAmount, currency);
    const booked = records.at(-1)?.seen.ledger.find((entry) => entry.stan === request.stan)?.booked;
    if (!booked || !sameMoney(booked, wanted))
      wrong.push(`booked ${booked ? formatMoney(booked) : 'nothing'}, not ${formatMoney(wanted)}`);
  }
  if (item.reason !== undefined && request.code !== item.reason)
    wrong.push(`gives reason ${request.code ?? 'none'}, not ${item.reason}`);
  if (item.region !== undefined && exchange.region !== item.region)
    wrong.push(`came from ${exchange.region}, not ${item.region}`);
  for (const check of item.checks) {
    // An observer without this terminal's keys cannot say; the observation tells so.
    if (exchange.checks[check] !== 'ok' && exchange.checks[check] !== 'unchecked')
      wrong.push(`its ${CHECKED[check]} is ${exchange.checks[check] ?? 'absent'}`);
  }
  if (item.of !== undefined) wrong.push(...refersTo(item.of, exchange, records));
  return wrong;
}

const otherAnswer = ({ code }: Wanted, { response }: HostExchange): string | undefined =>
  code === undefined || response?.code === code
    ? undefined
    : `answered ${response?.code ?? 'nothing'}, not ${code}`;

/** What was asked for and could not be checked: the bench has no keys of this terminal, or not this card. */
function uncheckedIn({ checks }: Wanted, exchange: HostExchange): string {
  const unchecked = checks.filter((check) => exchange.checks[check] === 'unchecked');
  const names = unchecked.map((check) => CHECKED[check]);
  return names.length === 0 ? '' : ` (${names.join(' and ')} not checked)`;
}

/** Messages that carry the STAN of what they refer to as their own, and those that refer to a hold. */
const SAME_STAN: readonly MessageKind[] = ['reversal', 'signature'];
const COMPLETES: readonly MessageKind[] = ['completion', 'completion-notice', 'pre-auth-void'];

/** A reversal carries the STAN of its original; voids and refunds name it in their original data. */
function refersTo(step: number, exchange: HostExchange, records: readonly StepRecord[]): string[] {
  const original = records[step - 1];
  const { request } = exchange;
  const stan = SAME_STAN.includes(request.kind) ? request.stan : request.original?.stan;
  const hostStan = original && stanOf(original);
  if (hostStan !== undefined) {
    const answer = original?.seen.exchanges.find(
      (candidate) => candidate.request.stan === hostStan,
    )?.response;
    const { rrn, authCode } = answer ?? {};
    if (request.kind === 'refund' && rrn !== undefined && request.original?.rrn === rrn) return [];
    // A hold may be named by its authorisation code alone.
    if (COMPLETES.includes(request.kind) && authCode !== undefined && request.authCode === authCode)
      return [];
    if (stan === hostStan) return checkReversedAmount(request.kind, exchange, original);
    return [`refers to STAN ${stan ?? 'none'}, but step ${step} has STAN ${hostStan}`];
  }
  // The original never reached the host; what can be held against it is the amount.
  return checkReversedAmount(request.kind, exchange, original);
}

function checkReversedAmount(
  kind: string,
  exchange: HostExchange,
  original: StepRecord | undefined,
): string[] {
  const { amount } = exchange.request;
  if (kind !== 'reversal' || !original?.asked || (amount && sameMoney(amount, original.asked))) return [];
  return [
    `reverses ${amount ? formatMoney(amount) : 'no amount'}, but ${formatMoney(original.asked)} was asked for`,
  ];
}

function describe(item: Wanted): string {
  const parts: string[] = [item.kind];
  if (item.of !== undefined) parts.push(`of step ${item.of}`);
  if (item.amount !== undefined) parts.push(`over ${item.amount}`);
  if (item.approvedAmount !== undefined) parts.push(`booked as ${item.approvedAmount}`);
  if (item.code !== undefined) parts.push(`answered ${item.code}`);
  if (item.reason !== undefined) parts.push(`with reason ${item.reason}`);
  if (item.region !== undefined) parts.push(`from ${item.region}`);
  for (const check of item.checks) parts.push(`with a right ${CHECKED[check]}`);
  if (item.before !== undefined) parts.push(`before the ${item.before}`);
  return parts.join(' ');
}

/** One exchange in a few words: `sale 000012 CNY 128.50 → 00`. */
export function describeExchange({ request, response }: HostExchange): string {
  const amount = request.amount ? ` ${formatAmount(request.amount)}` : '';
  const reason = request.kind === 'reversal' && request.code ? ` reason ${request.code}` : '';
  return `${request.kind}${request.stan ? ` ${request.stan}` : ''}${amount}${reason} → ${response?.code ?? 'no answer'}`;
}
