import type { PolicyRule } from '../../../rig/bench/policy.ts';
import type { Money } from '../../../rig/model/money.ts';
import { minorOf } from './amounts.ts';
import { asksForMoney } from './kinds.ts';
import type { Payer } from './ledger.ts';
import { isAway, type Request } from './request.ts';

/** Approved payments of whoever asks, on this business date or in this month. */
export type Uses = (of: Payer, period: 'day' | 'month') => { readonly count: number; readonly minor: number };

/** What the rules together say to one request. */
export interface Ruling {
  /** Of the first rule that fits and has one. */
  readonly code?: string;
  readonly text?: string;
  readonly amount?: number | string;
  readonly requirement?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** The rules of a policy, with how often each has fitted since it came into force. */
export class Rulebook {
  private readonly rules: readonly PolicyRule[];
  private readonly fitted: number[];
  private readonly timeOf: (at: number) => string;

  /** `timeOf`: time of day hhmmss at a nominal time. */
  constructor(rules: readonly PolicyRule[], timeOf: (at: number) => string) {
    this.rules = rules;
    this.fitted = rules.map(() => 0);
    this.timeOf = timeOf;
  }

  /** Call once for each request: rules that let the first ones pass, or fit only so often, count them. */
  judge(request: Request, amount: Money, uses: Uses): Ruling {
    let ruling: Ruling = {};
    for (const [i, { when, skip, times, answer }] of this.rules.entries()) {
      if (!fits(when, request, amount, uses, this.timeOf(request.at))) continue;
      const nth = (this.fitted[i] ?? 0) + 1;
      this.fitted[i] = nth;
      if (nth <= skip || nth > skip + (times ?? Number.POSITIVE_INFINITY)) continue;
      // What an earlier rule said stands.
      ruling = { ...definedOf(answer), ...ruling };
      if (answer.code !== undefined) return ruling;
    }
    return ruling;
  }
}

function definedOf({ code, text, amount, requirement, tags, parameters }: PolicyRule['answer']): Ruling {
  return {
    ...(code !== undefined && { code }),
    ...(text !== undefined && { text }),
    ...(amount !== undefined && { amount }),
    ...(requirement !== undefined && { requirement }),
    ...(tags && { tags }),
    ...(parameters && { parameters }),
  };
}

type When = PolicyRule['when'];

/** A condition that is not stated holds; one that is stated of something the request does not say does not. */
const among = <T>(stated: T | readonly T[] | undefined, value: T | undefined): boolean =>
  stated === undefined ||
  (value !== undefined && (Array.isArray(stated) ? stated : [stated]).includes(value));

function fits(when: When, request: Request, amount: Money, uses: Uses, time: string): boolean {
  const { kind, card, checks } = request;
  return (
    (when.kind === undefined ? asksForMoney(kind) : among(when.kind, kind)) &&
    (among(when.region, request.region) || among(when.region, isAway(request) ? 'away' : 'home')) &&
    among(when.terminal, request.terminalId) &&
    among(when.merchant, request.merchantId) &&
    among(when.card, card?.id) &&
    among(when.scheme, card?.scheme) &&
    among(when.entry, request.entry) &&
    (when.pin === undefined || (checks.pin === 'absent') === (when.pin === 'none')) &&
    among(when.cryptogram, checks.cryptogram ?? 'absent') &&
    among(when.currency, amount.currency) &&
    fitsAmount(when.amount, amount) &&
    fitsTime(when.time, time) &&
    fitsUse(when, amount, uses)
  );
}

function fitsAmount(stated: When['amount'], { minor, currency }: Money): boolean {
  if (!stated) return true;
  const { over, 'at-least': least, below, ending } = stated;
  return (
    (over === undefined || minor > minorOf(over, currency)) &&
    (least === undefined || minor >= minorOf(least, currency)) &&
    (below === undefined || minor < minorOf(below, currency)) &&
    (ending === undefined || String(minor).padStart(3, '0').endsWith(ending))
  );
}

/** `22:00` to `06:00` spans midnight. */
function fitsTime(stated: When['time'], time: string): boolean {
  if (!stated) return true;
  const now = `${time.slice(0, 2)}:${time.slice(2, 4)}`;
  const { from, to } = stated;
  return from <= to ? from <= now && now < to : now >= from || now < to;
}

function fitsUse({ count, total }: When, { minor, currency }: Money, uses: Uses): boolean {
  return (
    (!count || uses(count.per, count.in).count + 1 > count.over) &&
    (!total || uses(total.per, total.in).minor + minor > minorOf(total.over, currency))
  );
}
