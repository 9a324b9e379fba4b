import { maskPan } from '../../../rig/model/card.ts';
import { sameMoney } from '../../../rig/model/money.ts';
import type { Answer } from './answer.ts';
import { type Bookkeeping, type Desk, identity } from './financial.ts';
import type { Ledger, Posting } from './ledger.ts';
import type { Request } from './request.ts';

/**
 * A reversal (0400): gives back what its original posted or held, once, however often it is sent, and puts back what the
 * original had changed. It repeats the original's amount and names it by STAN and batch, in UnionPay's dialect by its own.
 * Policy has no say unless a rule names reversals: a terminal that takes money back is not turned away. `refusal` is the
 * code of a request that was not admitted.
 *
 * - original posted or held → 00, entry `posted` that names it; the original becomes `reversed`
 * - original reversed already → 00, no further entry: repetitions count as one
 * - no such original → 25, entry `refused`; should the original still come, it is not posted
 * - original declined, voided, captured, refunded, of another kind, amount or card → 12, entry `refused`
 */
export function reversal(
  { ledger, calendar }: Pick<Desk, 'ledger' | 'calendar'>,
  request: Request,
  refusal?: string,
  books: Bookkeeping = {},
): Answer {
  const rrn = calendar.nextRrn(request.at);
  const requested = request.amount ?? { minor: 0, currency: request.currency };
  const { stan, batch } = request.original;
  const key = { terminal: request.terminalId, batch: batch || request.batch, stan: stan || request.stan };
  const original = refusal === undefined ? ledger.find(key) : undefined;
  if (original?.entry.state === 'reversed' && matches(original, request)) return { code: '00', rrn };
  const code = refusal ?? judge(ledger, original, request);
  if (books.nothing) return { code, rrn };
  const accepted = code === '00' && original;
  if (code === '25') ledger.overtake(key);
  ledger.write(
    {
      ...identity(request, calendar.date, rrn),
      ...key,
      state: accepted ? 'posted' : 'refused',
      authCode: '',
      responseCode: code,
      requested,
      booked: accepted ? original.entry.booked : { ...requested, minor: 0 },
      // A swiped card's reversal carries no card number.
      ...(original && { of: original.entry.id, pan: maskPan(original.pan) }),
      reason: request.message.fields['39'] ?? '',
    },
    { pan: request.pan },
  );
  if (accepted) ledger.reverse(original);
  return { code, rrn };
}

function judge(ledger: Ledger, original: Posting | undefined, request: Request): string {
  if (!original) return '25';
  const { state } = original.entry;
  const reversible = (state === 'posted' || state === 'held') && !ledger.refunded(original);
  return reversible && matches(original, request) ? '00' : '12';
}

/**
 * A terminal that was told another amount than it asked for may name either. Dialects with an original data element (F90)
 * do not say of what kind the original was: there the STAN named is enough.
 */
function matches({ entry, pan: charged }: Posting, { amount, rule, pan }: Request): boolean {
  const named = rule?.original.stan !== undefined && rule.original.stan !== '11';
  return (
    amount !== undefined &&
    (!pan || pan === charged) &&
    (rule?.of === undefined ? named : entry.kind === rule.of) &&
    (sameMoney(amount, entry.requested) || sameMoney(amount, entry.booked))
  );
}
