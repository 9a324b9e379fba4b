import type { HostPolicy } from '../../../rig/bench/policy.ts';
import type { LedgerEntry } from '../../../rig/model/book.ts';
import { maskPan } from '../../../rig/model/card.ts';
import { type Money, sameMoney } from '../../../rig/model/money.ts';
import type { Answer } from './answer.ts';
import type { BusinessCalendar } from './calendar.ts';
import type { Ledger, Posting } from './ledger.ts';
import { decide } from './policy.ts';
import type { Request } from './request.ts';

/** What deciding on money needs: the ledger, today's date and the rules in force. */
export interface Desk {
  readonly ledger: Ledger;
  readonly calendar: BusinessCalendar;
  readonly policy: HostPolicy;
}

type Refusal = { readonly code: string; readonly state: 'declined' | 'refused'; readonly text?: string };
type Judged = { readonly original?: Posting } | Refusal;

const refused = (code: string): Refusal => ({ code, state: 'refused' });
const declined = (code: string, text = ''): Refusal => ({ code, state: 'declined', text });

/**
 * Sale, void or refund of an admitted request: judges, writes the ledger, answers. `refusal` is the code of a request
 * that was not admitted (MAC, batch …): it is written as refused and moves nothing.
 */
export function financial(
  desk: Desk,
  request: Request,
  options: { readonly refusal?: string | undefined; readonly mislay?: boolean } = {},
): Answer {
  const { ledger, calendar } = desk;
  const zero: Money = { minor: 0, currency: request.currency };
  const amount = request.amount ?? zero;
  const judged = options.refusal === undefined ? judge(desk, request, amount) : refused(options.refusal);
  const original = 'code' in judged ? undefined : judged.original;
  const verdict = 'code' in judged ? judged : ruled(desk, request, amount);
  const rrn = calendar.nextRrn(request.at);
  const entry = {
    ...identity(request, calendar.date, rrn),
    requested: amount,
    ...(original && { of: original.entry.id }),
  };
  if ('code' in verdict) {
    const { state, code } = verdict;
    ledger.write({ ...entry, state, authCode: '', responseCode: code, booked: zero }, { pan: request.pan });
    return { code, rrn, ...(verdict.text && { text: verdict.text }) };
  }
  const authCode = calendar.authCode();
  const { booked } = verdict;
  ledger.write(
    { ...entry, state: 'posted', authCode, responseCode: '00', booked },
    { pan: request.pan, mislaid: options.mislay ?? false },
  );
  if (request.kind === 'void' && original) ledger.void(original);
  return { code: '00', rrn, authCode, fields: { '4': String(booked.minor).padStart(12, '0') } };
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

/** Everything that stands against a request apart from the rules of the policy. */
function judge({ ledger }: Desk, request: Request, amount: Money): Judged {
  const { card, checks } = request;
  const key = { terminal: request.terminalId, batch: request.batch, stan: request.stan };
  if (amount.minor <= 0) return refused('13');
  // A reversal of this transaction came first: whoever sent it does not believe in an approval any more.
  if (ledger.wasOvertaken(key)) return refused('12');
  if (ledger.find(key)) return refused('94');
  if (!card) return declined('14');
  if (checks.pin === 'malformed') return declined('99');
  if (checks.pin === 'wrong') return declined('55');
  if (request.kind === 'void') return judgeVoid(ledger, request, amount);
  if (request.kind === 'refund') return judgeRefund(ledger, request, amount);
  return {};
}

/** F61 names batch and STAN of the sale; F37 and F38, where they are sent, must be those of the sale as well. */
function judgeVoid(ledger: Ledger, request: Request, amount: Money): Judged {
  const { fields } = request.message;
  const { batch, stan } = request.rule?.original ?? {};
  const original = ledger.find({
    terminal: request.terminalId,
    batch: fields[batch ?? ''] ?? '',
    stan: fields[stan ?? ''] ?? '',
  });
  if (original?.entry.kind !== 'sale' || original.entry.state === 'declined') return declined('25');
  const { entry } = original;
  const same =
    entry.state === 'posted' &&
    !ledger.refunded(original) &&
    entry.batch === request.batch &&
    original.pan === request.pan &&
    sameMoney(entry.booked, amount) &&
    [undefined, entry.rrn].includes(fields['37']) &&
    [undefined, entry.authCode].includes(fields['38']);
  return same ? { original } : declined('12');
}

/** F37 and the date in F61 name a sale of this merchant, on whatever terminal and date it was made. */
function judgeRefund(ledger: Ledger, request: Request, amount: Money): Judged {
  const { fields } = request.message;
  const { rrn, date } = request.rule?.original ?? {};
  const original = ledger.findSale(request.merchantId, fields[rrn ?? ''] ?? '', fields[date ?? ''] ?? '');
  if (!original || original.entry.state === 'declined' || original.entry.state === 'refused')
    return declined('25');
  const { entry } = original;
  const same =
    entry.state === 'posted' && original.pan === request.pan && entry.booked.currency === amount.currency;
  if (!same) return declined('12');
  return amount.minor <= ledger.refundable(original) ? { original } : declined('64');
}

function ruled(
  { ledger, calendar, policy }: Desk,
  request: Request,
  amount: Money,
): { booked: Money } | Refusal {
  const decision = decide(policy, {
    kind: request.kind,
    amount,
    away: request.region !== request.terminal?.home,
    approvedToday: ledger.approvedSales(request.terminalId, calendar.date),
  });
  return decision.approved ? decision : declined(decision.code, decision.text);
}
