import type { Answer } from './answer.ts';
import type { Ledger, Posting } from './ledger.ts';
import type { Request } from './request.ts';

/** Images are JBIG or bitmaps of a few hundred bytes; one message carries one. */
export interface Signature {
  readonly terminal: string;
  readonly stan: string;
  readonly batch: string;
  readonly rrn: string;
  /** Entry of the ledger that was signed for. */
  readonly of: string;
  readonly image: Uint8Array;
}

/** What a notice is about: by RRN, by F61, or by its own STAN and batch. */
function subject(ledger: Ledger, request: Request): Posting | undefined {
  const { merchantId, terminalId: terminal, original, message } = request;
  const rrn = (message.fields['37'] ?? '').trim();
  const byRrn = rrn === '' ? undefined : ledger.findRrn(merchantId, rrn);
  if (byRrn) return byRrn;
  const { stan, batch } = original.stan === '' ? request : original;
  return ledger.find({ terminal, batch: batch || request.batch, stan });
}

/** Result of issuer scripts (0620): heard, and found to belong to a transaction or not (25). Moves nothing. */
export function scriptResult(ledger: Ledger, request: Request, rrn: string): Answer {
  const of = subject(ledger, request);
  // Tag DF31 holds five bytes for each script.
  const told = request.message.fields['55.DF31'];
  const checks = { script: told === undefined ? 'absent' : `result ${told}` };
  return { code: of ? '00' : '25', rrn, checks };
}

/**
 * An electronic signature (0820): image in F62 of a transaction that was approved. No such transaction 25, no image 30.
 */
export function signature(
  ledger: Ledger,
  request: Request,
  rrn: string,
): { readonly answer: Answer; readonly signature?: Signature } {
  const of = subject(ledger, request);
  const image = Uint8Array.from(Buffer.from(request.message.fields['62'] ?? '', 'hex'));
  if (image.length === 0) return { answer: { code: '30', rrn } };
  if (!of || of.entry.state === 'declined') return { answer: { code: '25', rrn } };
  const { id, stan, batch } = of.entry;
  const signed = { terminal: request.terminalId, stan, batch, rrn: of.entry.rrn, of: id, image };
  const checks = { signature: `${image.length} bytes, of ${id}` };
  // F37 goes back as it came: it says what was signed.
  return { answer: { code: '00', rrn: of.entry.rrn, checks }, signature: signed };
}
