import type { HostExchange } from '../../bench/planes.ts';
import { CARD_STATES, type HostPolicy } from '../../bench/policy.ts';
import { formatMoney, sameMoney } from '../../model/money.ts';
import { type Blame, type PartUnderTest, type Verdict, verdictOn } from '../../model/verdict.ts';
import { isOperation } from '../../scenario/scenario.ts';
import type { StepRecord } from '../step-record.ts';

/** The acquirer of a bench, as far as it matters for whose doing an answer is. */
export interface AnsweringHost {
  /** True when the rig is the acquirer and answers by `policy`. */
  readonly simulated: boolean;
  readonly policy: HostPolicy | undefined;
}

/** Whose doing it is that an answer is not the one that the scenario presumes, and why. */
export interface AnswerBlame {
  readonly blame: Blame;
  readonly verdict: Verdict;
  readonly why: string;
}

/**
 * Who is to blame for an answer other than expected to a request in which nothing else is wrong. A terminal earns an
 * answer by its request: one that was turned away as it stood, or asked for something else than the hand entered. What the
 * acquirer decided of itself is no terminal's failure: it followed the scenario's policy (then the scenario contradicts
 * itself), or it did not (then the acquirer is wrong, which on a simulated host means the bench).
 */
export function blameForAnswer(
  exchange: HostExchange,
  record: StepRecord,
  host: AnsweringHost,
  underTest: readonly PartUnderTest[],
): AnswerBlame {
  const code = exchange.response?.code;
  const byPolicy = host.simulated && code !== undefined && host.policy && codesOf(host.policy).has(code);
  const earned =
    earnedBy(exchange, record) ??
    (byPolicy || entryOf(exchange, record)?.state !== 'refused' ? undefined : TURNED_AWAY);
  if (earned !== undefined)
    return { blame: 'terminal', verdict: verdictOn('terminal', underTest), why: earned };
  if (!host.simulated) {
    const accused = underTest.includes('acquirer');
    return {
      blame: 'acquirer',
      verdict: accused ? 'failed' : 'inconclusive',
      why: 'nothing in the request asks for this answer: the acquirer decided it',
    };
  }
  if (byPolicy) {
    return {
      blame: 'file',
      verdict: 'inconclusive',
      why: `the acquirer's policy of this scenario gives ${code}: policy and expectation contradict each other`,
    };
  }
  return {
    blame: 'bench',
    verdict: 'broken',
    why: 'neither the request nor the policy of this scenario asks for this answer: the simulated acquirer is wrong',
  };
}

/**
 * The answer to a step's own request when the acquirer, of itself, decided against what the scenario presumes: declined
 * what should be approved, or the other way round. Undefined when it did not, or when the request earned its answer.
 */
export function contraryDecision(record: StepRecord): HostExchange | undefined {
  const { outcome } = record.step.expect;
  if (outcome !== 'approved' && outcome !== 'declined') return undefined;
  const exchange = record.seen.exchanges.find(
    (one) =>
      one.request.kind === record.kind && one.response?.code !== undefined && !record.late?.includes(one),
  );
  if (!exchange) return undefined;
  const entry = entryOf(exchange, record);
  const declined = entry?.state === 'declined';
  if (
    !entry ||
    entry.state === 'refused' ||
    declined === (outcome === 'declined') ||
    earnedBy(exchange, record) !== undefined
  )
    return undefined;
  return exchange;
}

const TURNED_AWAY = 'the host turned the request away as it stood';

const entryOf = ({ request }: HostExchange, { seen }: StepRecord) =>
  seen.ledger.find(({ kind, stan }) => kind === request.kind && stan === request.stan);

const entersWrongPin = ({ step: { action } }: StepRecord): boolean =>
  isOperation(action) && action.pin === 'wrong';

/** What in the request itself made the host answer as it did; undefined when nothing did. */
function earnedBy(exchange: HostExchange, record: StepRecord): string | undefined {
  const { request, checks } = exchange;
  for (const [check, name] of [
    ['mac', 'MAC'],
    ['pin', 'PIN block'],
  ] as const) {
    if (checks[check] === 'wrong' && !(check === 'pin' && entersWrongPin(record)))
      return `the ${name} of the request is wrong`;
  }
  if (checks['admission'] === 'refused') return TURNED_AWAY;
  // Not sent by the terminal: a customer paid what it had on offer, and the acquirer still had the order open.
  if (request.mti === '' && exchange.response?.code === '00')
    return 'the code that the terminal had shown could still be paid: it had not taken its order back';
  if (
    request.kind === record.kind &&
    !record.late?.includes(exchange) &&
    record.asked &&
    request.amount &&
    !sameMoney(record.asked, request.amount)
  ) {
    return `the request asks for ${formatMoney(request.amount)}, but ${formatMoney(record.asked)} was entered`;
  }
  return undefined;
}

/** Every response code that a policy may give: those it states, and the usual ones of what it sets. */
function codesOf(policy: HostPolicy): ReadonlySet<string> {
  const codes = new Set<string>();
  const visit = (value: unknown, key: string) => {
    if (key === 'code' && typeof value === 'string') codes.add(value);
    else if (value !== null && typeof value === 'object')
      for (const [name, part] of Object.entries(value)) visit(part, name);
  };
  visit(policy, '');
  for (const { status, balance } of Object.values(policy.accounts ?? {})) {
    codes.add(CARD_STATES[status]);
    if (balance !== undefined) codes.add(NOT_ENOUGH);
  }
  if (policy['pin-tries'] !== undefined) for (const code of PIN_CODES) codes.add(code);
  return codes;
}

/** Response codes of ISO 8583 in the UnionPay table: insufficient funds; wrong PIN, PIN tries exceeded. */
const NOT_ENOUGH = '51';
const PIN_CODES = ['55', '75'];
