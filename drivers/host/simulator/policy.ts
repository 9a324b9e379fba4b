import { HostPolicy } from '../../../rig/bench/policy.ts';
import { RigError } from '../../../rig/model/errors.ts';
import type { MessageKind } from '../../../rig/model/message.ts';
import { type Money, parseAmount } from '../../../rig/model/money.ts';
import { parseDuration } from '../../../rig/model/time.ts';

/** Approves everything that is in order. */
export const LENIENT: HostPolicy = HostPolicy.parse({});

export interface Circumstances {
  readonly kind: MessageKind;
  readonly amount: Money;
  /** The terminal is outside the region it is registered for. */
  readonly away: boolean;
  /** Approved sales of the terminal on this business date. */
  readonly approvedToday: number;
}

/** A decision: approved for an amount, or declined with a code and perhaps a text to print. */
export type Decision =
  | { readonly approved: true; readonly booked: Money }
  | { readonly approved: false; readonly code: string; readonly text: string };

const decline = (code: string, text = ''): Decision => ({ approved: false, code, text });

/**
 * What the issuer's and acquirer's rules say to a transaction that is otherwise in order. Roaming is asked of everything
 * that moves money; limits and another amount only of sales.
 */
export function decide(policy: HostPolicy, { kind, amount, away, approvedToday }: Circumstances): Decision {
  const { roaming, 'single-limit': single, 'daily-count-limit': daily } = policy;
  if (away && roaming && !roaming.allowed) return decline(roaming.code, roaming.text);
  if (kind !== 'sale') return { approved: true, booked: amount };
  if (single && amount.minor > major(single.amount, amount.currency).minor) return decline(single.code);
  if (daily && (away || !daily['away-only']) && approvedToday >= daily.count) return decline(daily.code);
  const other = policy['approve-amount'];
  return { approved: true, booked: other === undefined ? amount : major(other, amount.currency) };
}

const major = (amount: number | string, currency: string): Money => parseAmount(String(amount), currency);

export type Misdeed = HostPolicy['misbehave'][number];

/** How late a late answer is when the policy does not say: well behind the response timer of any terminal. */
export const LATE = 90_000;

/** Nominal ms by which a late answer is late. */
export const latenessOf = (misdeed: Misdeed): number =>
  misdeed.after === undefined ? LATE : (parseDuration(misdeed.after) ?? LATE);

/** Counts requests by kind and says which of them are to be treated badly. */
export class Misbehaviour {
  private readonly seen = new Map<MessageKind, number>();
  private readonly misdeeds: readonly Misdeed[];

  constructor(policy: HostPolicy) {
    this.misdeeds = policy.misbehave;
  }

  /** Misdeeds due on the next request of a kind; call once for each request. */
  next(kind: MessageKind): readonly Misdeed[] {
    const nth = (this.seen.get(kind) ?? 0) + 1;
    this.seen.set(kind, nth);
    return this.misdeeds.filter((misdeed) => misdeed.on === kind && misdeed.nth === nth);
  }
}

/** Refuses a policy that fits the schema but means nothing: amounts and durations that cannot be read. FILE_INVALID. */
export function checkPolicy(policy: HostPolicy, currency: string): void {
  for (const amount of [policy['single-limit']?.amount, policy['approve-amount']]) {
    if (amount === undefined) continue;
    const { minor } = major(amount, currency);
    if (minor < 0 || minor >= 1e12) {
      throw new RigError('FILE_INVALID', 'file', `"${amount}" is not an amount that a message can carry`);
    }
  }
  for (const { after } of policy.misbehave) {
    if (after !== undefined && parseDuration(after) === undefined) {
      throw new RigError('FILE_INVALID', 'file', `"${after}" is not a duration`, {
        hint: 'Write a number and a unit: "400 ms", "20 s", "1.5 min".',
      });
    }
  }
}
