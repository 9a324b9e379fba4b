import { sameMoney } from '../../../rig/model/money.ts';
import type { Answer } from './answer.ts';
import { type Desk, identity } from './financial.ts';
import type { Ledger, Posting } from './ledger.ts';
import type { Request } from './request.ts';

/**
 * A reversal (0400): gives back what its original posted, once, however often it is sent. It repeats the original's
 * STAN, batch and amount. Policy has no say: a terminal that takes money back is never turned away. `refusal` is the code
 * of a request that was not admitted.
 *
 * - original posted → 00, entry `posted` that names it; the original becomes `reversed`
 * - original reversed already → 00, no further entry: repetitions count as one
 * - no such original → 25, entry `refused`; should the original still come, it is not posted
 * - original declined, voided, refunded, of another kind or amount → 12, entry `refused`
 */
export function reversal({ ledger, calendar }: Desk, request: Request, refusal?: string): Answer {
  const rrn = calendar.nextRrn(request.at);
  const requested = request.amount ?? { minor: 0, currency: request.currency };
  const key = { terminal: request.terminalId, batch: request.batch, stan: request.stan };
  const original = refusal === undefined ? ledger.find(key) : undefined;
  if (original?.entry.state === 'reversed' && matches(original, request)) return { code: '00', rrn };
  const code = refusal ?? judge(ledger, original, request);
  const accepted = code === '00' && original;
  if (code === '25') ledger.overtake(key);
  ledger.write(
    {
      ...identity(request, calendar.date, rrn),
      state: accepted ? 'posted' : 'refused',
      authCode: '',
      responseCode: code,
      requested,
      booked: accepted ? original.entry.booked : { ...requested, minor: 0 },
      // A swiped card's reversal carries no card number.
      ...(original && { of: original.entry.id, pan: original.entry.pan }),
      reason: request.message.fields['39'] ?? '',
    },
    { pan: request.pan },
  );
  if (accepted) ledger.reverse(original);
  return { code, rrn };
}

function judge(ledger: Ledger, original: Posting | undefined, request: Request): string {
  if (!original) return '25';
  const reversible = original.entry.state === 'posted' && !ledger.refunded(original);
  return reversible && matches(original, request) ? '00' : '12';
}

/** A terminal that was told another amount than it asked for may name either. */
function matches({ entry }: Posting, { amount, rule }: Request): boolean {
  return (
    amount !== undefined &&
    entry.kind === rule?.of &&
    (sameMoney(amount, entry.requested) || sameMoney(amount, entry.booked))
  );
}
