import { HostPolicy, type Misdeed } from '../../../rig/bench/policy.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { CURRENCIES, type Money, parseAmount } from '../../../rig/model/money.ts';
import { parseDuration } from '../../../rig/model/time.ts';
import { minorOf } from './amounts.ts';
import type { Issuer } from './issuer.ts';
import { ADVICES, PAYMENTS } from './kinds.ts';
import { isAway, type Request } from './request.ts';
import type { Rulebook, Ruling, Uses } from './rulebook.ts';

/** Approves everything that is in order. */
export const LENIENT: HostPolicy = HostPolicy.parse({});

/** A decision: approved for an amount, or declined with a code; and what is to be said beside it. */
export type Decision = Pick<Ruling, 'requirement' | 'tags'> & { readonly text: string } & (
    | { readonly approved: true; readonly booked: Money }
    | { readonly approved: false; readonly code: string }
  );

/** Rules and issuers that a policy sets up when it comes into force. */
export interface InForce {
  readonly policy: HostPolicy;
  readonly issuer: Issuer;
  readonly rulebook: Rulebook;
}

export interface Circumstances {
  readonly request: Request;
  readonly amount: Money;
  /** What the original of a completion holds already, minor units. */
  readonly heldAlready: number;
  readonly uses: Uses;
}

/**
 * What the issuer's and acquirer's rules say to a transaction that is otherwise in order, in this order: the card's
 * account, roaming, single limit, daily count, rules. What is already done (an advice) is asked of rules only, and only
 * of those that name it; limits and another amount are for payments.
 */
export function decide({ policy, issuer, rulebook }: InForce, circumstances: Circumstances): Decision {
  const { request, amount, heldAlready, uses } = circumstances;
  const ruling = rulebook.judge(request, amount, uses);
  const beside = besides(ruling);
  const decline = (code: string, text = ''): Decision => ({
    approved: false,
    code,
    ...beside,
    text: text || beside.text,
  });
  if (!ADVICES.includes(request.kind)) {
    const account = issuer.judge(request, amount.minor - heldAlready);
    if (account) return decline(account.code, account.text);
    const { roaming, 'single-limit': single, 'daily-count-limit': daily } = policy;
    const away = isAway(request);
    if (away && roaming && !roaming.allowed) return decline(roaming.code, roaming.text);
    if (PAYMENTS.includes(request.kind)) {
      if (single && amount.minor > minorOf(single.amount, amount.currency)) return decline(single.code);
      if (daily && (away || !daily['away-only']) && uses('terminal', 'day').count >= daily.count) {
        return decline(daily.code);
      }
    }
  }
  if (ruling.code !== undefined && ruling.code !== '00') return decline(ruling.code);
  const other = ruling.amount ?? (PAYMENTS.includes(request.kind) ? policy['approve-amount'] : undefined);
  const booked = other === undefined ? amount : { ...amount, minor: minorOf(other, amount.currency) };
  return { approved: true, booked, ...beside };
}

const besides = ({ text, requirement, tags }: Ruling) => ({
  text: text ?? '',
  ...(requirement !== undefined && { requirement }),
  ...(tags && { tags }),
});

/** Refuses a policy that fits the schema but means nothing: amounts and durations that cannot be read. FILE_INVALID. */
export function checkPolicy(policy: HostPolicy, currency: string): void {
  for (const amount of amountsOf(policy)) {
    const { minor } = parseAmount(String(amount), currency);
    if (minor < 0 || minor >= 1e12) {
      throw new RigError('FILE_INVALID', 'file', `"${amount}" is not an amount that a message can carry`);
    }
  }
  for (const misdeed of policy.misbehave) checkMisdeed(misdeed);
}

function checkMisdeed({ after, currency }: Misdeed): void {
  if (after !== undefined && parseDuration(after) === undefined) {
    throw new RigError('FILE_INVALID', 'file', `"${after}" is not a duration`, {
      hint: 'Write a number and a unit: "400 ms", "20 s", "1.5 min".',
    });
  }
  if (currency !== undefined && !CURRENCIES[currency]) {
    throw new RigError('FILE_INVALID', 'file', `"${currency}" is not a currency that posrig knows`, {
      hint: `Known are ${Object.keys(CURRENCIES).join(', ')}.`,
    });
  }
}

function amountsOf(policy: HostPolicy): (number | string)[] {
  const rules = (policy.rules ?? []).flatMap(({ when, answer }) => [
    when.amount?.over,
    when.amount?.['at-least'],
    when.amount?.below,
    when.total?.over,
    answer.amount,
  ]);
  return [
    policy['single-limit']?.amount,
    policy['approve-amount'],
    ...Object.values(policy.accounts ?? {}).map(({ balance }) => balance),
    ...rules,
    ...policy.misbehave.map(({ amount }) => amount),
  ].filter((amount) => amount !== undefined);
}
