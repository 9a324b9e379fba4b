import type { LedgerEntry, LedgerState } from '../../../rig/model/book.ts';
import { maskPan } from '../../../rig/model/card.ts';
import { type Money, sameMoney } from '../../../rig/model/money.ts';
import { amount12 } from './amounts.ts';
import type { Answer } from './answer.ts';
import type { BusinessCalendar } from './calendar.ts';
import type { Issuer } from './issuer.ts';
import { ADVICES } from './kinds.ts';
import type { Ledger, Posting } from './ledger.ts';
import { originalOf } from './original.ts';
import { decide, type InForce } from './policy.ts';
import { isForged, type Request } from './request.ts';

/** What deciding on money needs: the ledger, today's date and the rules in force. */
export interface Desk extends InForce {
  readonly ledger: Ledger;
  readonly calendar: BusinessCalendar;
}

/** What an acquirer may be told to do wrong with its books. */
export interface Bookkeeping {
  readonly mislay?: boolean;
  /** Answers as if it had booked. */
  readonly nothing?: boolean;
  readonly twice?: boolean;
}

type Beside = Pick<Answer, 'text' | 'requirement' | 'tags'>;
type Refusal = Beside & {
  readonly code: string;
  readonly state: 'declined' | 'refused';
  /** The request itself is at fault, whatever issuer and policy say. */
  readonly earned?: true;
};
type Approval = Beside & { readonly booked: Money };

const refused = (code: string): Refusal => ({ code, state: 'refused', earned: true });
const declined = (code: string): Refusal => ({ code, state: 'declined' });

/**
 * A request that is about money (sale to adjustment; not a reversal): judges, writes the ledger, answers. `refusal` is the
 * code of a request that was not admitted (MAC, batch …): it is written as refused and moves nothing.
 */
export function financial(
  desk: Desk,
  request: Request,
  options: { readonly refusal?: string | undefined; readonly books?: Bookkeeping } = {},
): Answer {
  const { ledger, calendar } = desk;
  const { refusal, books = {} } = options;
  const zero: Money = { minor: 0, currency: request.currency };
  const amount = request.amount ?? zero;
  const known = refusal === undefined ? repetition(ledger, request) : undefined;
  if (known) return again(known);
  const judged = refusal === undefined ? judge(desk, request, amount) : refused(refusal);
  const original = 'code' in judged ? undefined : judged.original;
  const verdict = 'code' in judged ? judged : ruled(desk, request, amount, original);
  const rrn = calendar.nextRrn(request.at);
  const entry = {
    ...identity(request, calendar.date, rrn),
    requested: amount,
    ...(original && { of: original.entry.id }),
  };
  const { text, requirement, tags } = verdict;
  const beside = {
    ...(text && { text }),
    ...(requirement !== undefined && { requirement }),
    ...(tags && { tags }),
  };
  if ('code' in verdict) {
    const { state, code, earned } = verdict;
    ledger.write({ ...entry, state, authCode: '', responseCode: code, booked: zero }, { pan: request.pan });
    return { code, rrn, ...beside, ...(earned && { checks: { admission: 'refused' } }) };
  }
  // An offline approval has its code already.
  const authCode = (ADVICES.includes(request.kind) && request.authCode) || calendar.authCode();
  const { booked } = verdict;
  if (!books.nothing) {
    const state: LedgerState = request.kind === 'pre-auth' ? 'held' : 'posted';
    const booking = { ...entry, state, authCode, responseCode: '00', booked };
    const more = { pan: request.pan || original?.pan || '', mislaid: books.mislay ?? false };
    ledger.write({ ...booking, pan: maskPan(more.pan) }, more);
    if (books.twice)
      ledger.write({ ...booking, pan: maskPan(more.pan), rrn: calendar.nextRrn(request.at) }, more);
    if (original) moveOriginal(ledger, request, original, booked);
  }
  return { code: '00', rrn, authCode, fields: { '4': amount12(booked.minor) }, ...beside };
}

/** What an entry says of the request that it came from. */
export function identity(
  request: Request,
  date: string,
  rrn: string,
): Pick<
  LedgerEntry,
  'kind' | 'terminal' | 'merchant' | 'stan' | 'batch' | 'rrn' | 'pan' | 'region' | 'date' | 'at'
> {
  const { kind, terminalId: terminal, merchantId: merchant, stan, batch, pan, region, at } = request;
  return { kind, terminal, merchant, stan, batch, rrn, pan: maskPan(pan), region, date, at };
}

/** The entry of an advice that was uploaded before: the answer had been lost. */
function repetition(ledger: Ledger, request: Request): Posting | undefined {
  if (!ADVICES.includes(request.kind) || !request.amount) return undefined;
  const { terminalId: terminal, batch, stan } = request;
  const known = ledger.find({ terminal, batch, stan });
  const same =
    known?.entry.kind === request.kind &&
    known.entry.state !== 'declined' &&
    sameMoney(known.entry.requested, request.amount) &&
    (request.pan === '' || known.pan === request.pan);
  return same ? known : undefined;
}

const again = ({ entry: { rrn, authCode, booked } }: Posting): Answer => ({
  code: '00',
  rrn,
  authCode,
  fields: { '4': amount12(booked.minor) },
});

/**
 * Why the card or its PIN cannot be taken: unknown card or another's track 14, wrong cryptogram 63 or what the policy says, no PIN block 99,
 * wrong PIN 55, tried too often 75. What a chip has approved itself is done: nobody asks for its cryptogram any more.
 */
export function cardRefusal(issuer: Issuer, request: Request): string | undefined {
  const { card, checks, kind } = request;
  if (!card || checks.track === 'wrong') return '14';
  const forged = ADVICES.includes(kind) ? undefined : issuer.cryptogramRefusal(request);
  if (forged !== undefined) return forged;
  if (checks.pin === 'malformed') return '99';
  if (checks.pin === 'wrong') return issuer.wrongPin(card);
  return checks.pin === 'ok' ? issuer.rightPin(card) : undefined;
}

/** Everything that stands against a request apart from the rules of the policy. */
function judge(
  { ledger, issuer }: Desk,
  request: Request,
  amount: Money,
): Refusal | { readonly original?: Posting } {
  const { card } = request;
  const key = { terminal: request.terminalId, batch: request.batch, stan: request.stan };
  if (amount.minor <= 0) return refused('13');
  // A reversal of this transaction came first: whoever sent it does not believe in an approval any more.
  if (ledger.wasOvertaken(key)) return refused('12');
  if (ledger.find(key)) return refused('94');
  // A tip names the payment, not always the card.
  if (!card && (request.kind !== 'adjust' || request.pan !== '')) return { ...declined('14'), earned: true };
  const refusal = card && cardRefusal(issuer, request);
  if (refusal !== undefined) return { ...declined(refusal), ...(isForged(request) && { earned: true }) };
  const found = originalOf(ledger, request);
  if (!found) return {};
  return 'code' in found ? { ...declined(found.code), earned: true } : found;
}

function ruled(
  desk: Desk,
  request: Request,
  amount: Money,
  original: Posting | undefined,
): Approval | Refusal {
  const { ledger, calendar } = desk;
  const decision = decide(desk, {
    request,
    amount,
    heldAlready: request.kind === 'completion' ? (original?.entry.booked.minor ?? 0) : 0,
    uses: (of, period) => {
      const id = { card: request.pan, terminal: request.terminalId, merchant: request.merchantId }[of];
      return ledger.use(
        of,
        id,
        period === 'day' ? calendar.date : calendar.date.slice(0, 2),
        amount.currency,
      );
    },
  });
  return decision.approved ? decision : { ...decision, state: 'declined' };
}

/** What an approval does to the entry that it refers to. */
function moveOriginal(ledger: Ledger, { kind }: Request, original: Posting, booked: Money): void {
  if (kind === 'void' || kind === 'completion-void') ledger.void(original);
  else if (kind === 'pre-auth-void') ledger.release(original);
  else if (kind === 'completion' || kind === 'completion-notice') ledger.capture(original);
  else if (kind === 'adjust') ledger.adjust(original, booked);
}
