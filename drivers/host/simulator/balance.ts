import { numericCode } from '../../../rig/model/money.ts';
import { amount12 } from './amounts.ts';
import type { Answer } from './answer.ts';
import { cardRefusal } from './financial.ts';
import type { Issuer } from './issuer.ts';
import type { Request } from './request.ts';

/** Account type 10 (savings, as debit cards have it), amount type 02 (available balance). */
const AVAILABLE = '1002';

/**
 * Balance enquiry: available balance in F54 as account type 2, amount type 2, currency 3, C or D (in debt), amount 12.
 * Books nothing. Card and PIN are judged as for a payment.
 */
export function balance(issuer: Issuer, request: Request, rrn: string): Answer {
  const { card, currency } = request;
  const refusal = cardRefusal(issuer, request);
  if (refusal !== undefined || !card) return { code: refusal ?? '14', rrn };
  const account = issuer.judge(request, 0);
  if (account) return { code: account.code, rrn, ...(account.text && { text: account.text }) };
  const minor = issuer.available(card, currency);
  const sign = minor < 0 ? 'D' : 'C';
  return {
    code: '00',
    rrn,
    fields: { '54': AVAILABLE + numericCode(currency) + sign + amount12(Math.abs(minor)) },
  };
}
