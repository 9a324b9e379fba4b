import { sameMoney } from '../../../rig/model/money.ts';
import { COMPLETION_LIMIT, ORIGINALS } from './kinds.ts';
import type { Ledger, Posting } from './ledger.ts';
import type { Request } from './request.ts';

/** The entry that a request refers to, or the code with which it is declined. */
export type Found = { readonly original: Posting } | { readonly code: string };

/**
 * Finds and judges what a request refers to. Not found, or never booked: 25. Found and not fitting (another card, amount
 * or reference, taken back already): 12. More than is left of it: 64. Undefined for a request that refers to nothing.
 */
export function originalOf(ledger: Ledger, request: Request): Found | undefined {
  switch (request.kind) {
    case 'void':
    case 'completion-void':
      return voidable(ledger, request);
    case 'pre-auth-void':
      return releasable(ledger, request);
    case 'completion':
    case 'completion-notice':
      return capturable(ledger, request);
    case 'adjust':
      return adjustable(ledger, request);
    case 'refund':
      return refundable(ledger, request);
    default:
      return undefined;
  }
}

const unknown = { code: '25' } as const;
const unfit = { code: '12' } as const;

/** References and authorisation codes are compared where they are sent. */
const agrees = ({ entry }: Posting, { original, authCode }: Request) =>
  (original.rrn === '' || original.rrn === entry.rrn) && (authCode === '' || authCode === entry.authCode);

/** The entry of the terminal's own batch that batch and STAN name; by its RRN where the dialect sends nothing else. */
function own(ledger: Ledger, request: Request): Posting | undefined {
  const { batch, stan, rrn } = request.original;
  const found =
    stan === '' && rrn !== ''
      ? ledger.findRrn(request.merchantId, rrn)
      : ledger.find({ terminal: request.terminalId, batch: batch || request.batch, stan });
  return found && (ORIGINALS[request.kind] ?? []).includes(found.entry.kind) ? found : undefined;
}

/** Batch and STAN name the payment; the whole of it is taken back, on the day it was made. */
function voidable(ledger: Ledger, request: Request): Found {
  const original = own(ledger, request);
  if (!original || original.entry.state === 'declined') return unknown;
  const { entry } = original;
  const fits =
    entry.state === 'posted' &&
    !ledger.refunded(original) &&
    entry.batch === request.batch &&
    original.pan === request.pan &&
    request.amount !== undefined &&
    sameMoney(entry.booked, request.amount) &&
    agrees(original, request);
  return fits ? { original } : unfit;
}

/** A hold may be older than the batch and of another terminal: card and authorisation code name it. */
function hold(ledger: Ledger, request: Request): Posting | undefined {
  const { merchantId, pan, authCode, original } = request;
  const found = authCode === '' ? own(ledger, request) : ledger.findHold(merchantId, pan, authCode);
  return found && (original.date === '' || original.date === found.entry.date) ? found : undefined;
}

function releasable(ledger: Ledger, request: Request): Found {
  const original = hold(ledger, request);
  if (!original || original.entry.state === 'declined') return unknown;
  const { entry } = original;
  const fits =
    entry.state === 'held' &&
    original.pan === request.pan &&
    request.amount !== undefined &&
    sameMoney(entry.booked, request.amount) &&
    agrees(original, request);
  return fits ? { original } : unfit;
}

function capturable(ledger: Ledger, request: Request): Found {
  const original = hold(ledger, request);
  if (!original || original.entry.state === 'declined') return unknown;
  const { entry } = original;
  const { amount } = request;
  if (entry.state !== 'held' || original.pan !== request.pan || !agrees(original, request)) return unfit;
  if (!amount || amount.currency !== entry.booked.currency) return unfit;
  return amount.minor <= Math.floor(entry.booked.minor * COMPLETION_LIMIT + 1e-6)
    ? { original }
    : { code: '64' };
}

/** An adjustment names a payment of the batch by its batch and STAN, and what is to be booked for it instead. */
function adjustable(ledger: Ledger, request: Request): Found {
  const original = own(ledger, request);
  if (!original || original.entry.state === 'declined') return unknown;
  const { entry } = original;
  const fits =
    entry.state === 'posted' &&
    !ledger.refunded(original) &&
    entry.batch === request.batch &&
    (request.pan === '' || original.pan === request.pan) &&
    request.amount?.currency === entry.booked.currency;
  return fits ? { original } : unfit;
}

/** Reference and date name a payment of this merchant, on whatever terminal and date it was made. */
function refundable(ledger: Ledger, request: Request): Found {
  const { rrn, date } = request.original;
  const original = ledger.findPayment(request.merchantId, rrn, date || undefined);
  if (!original || original.entry.state === 'declined') return unknown;
  const { entry } = original;
  const { amount } = request;
  const fits =
    entry.state === 'posted' && original.pan === request.pan && entry.booked.currency === amount?.currency;
  if (!fits) return unfit;
  return amount.minor <= ledger.refundable(original) ? { original } : { code: '64' };
}
