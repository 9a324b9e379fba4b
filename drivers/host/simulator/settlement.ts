import type { Settlement, Totals } from '../../../rig/model/book.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import { type Money, sameMoney } from '../../../rig/model/money.ts';
import { packTotals, unpackDetails, unpackTotals } from '../../codec/iso8583/index.ts';
import type { Answer } from './answer.ts';
import type { BusinessCalendar } from './calendar.ts';
import type { Ledger } from './ledger.ts';
import type { Request } from './request.ts';
import type { Session } from './session.ts';

/** All settlements, oldest first; uploads belong to the last one of their batch. */
export class SettlementBook {
  private readonly list: Settlement[] = [];

  all(): readonly Settlement[] {
    return [...this.list];
  }

  add(settlement: Settlement): void {
    this.list.push(settlement);
  }

  /** Changes the last settlement of a batch; false when there is none. */
  change(terminal: string, batch: string, change: (settlement: Settlement) => Partial<Settlement>): boolean {
    const index = this.list.findLastIndex((s) => s.terminal === terminal && s.batch === batch);
    const settlement = this.list[index];
    if (!settlement) return false;
    this.list[index] = { ...settlement, ...change(settlement) };
    return true;
  }
}

export interface SettlementDesk {
  readonly ledger: Ledger;
  readonly calendar: BusinessCalendar;
  readonly book: SettlementBook;
}

const sameTotals = (a: Totals, b: Totals) =>
  sameMoney(a.debit, b.debit) &&
  a.debitCount === b.debitCount &&
  sameMoney(a.credit, b.credit) &&
  a.creditCount === b.creditCount;

/**
 * Settlement (0500): compares the terminal's totals in F48 with the ledger. Answers 1 balanced, which closes the batch, or
 * 2 not balanced with the host's totals, after which the details are to be uploaded. May be repeated when the answer was
 * lost; a batch that is neither in force nor the last one is 77.
 */
export function settlement(
  { ledger, calendar, book }: SettlementDesk,
  request: Request,
  session: Session,
): Answer {
  const { terminalId: terminal, batch, currency, at } = request;
  const rrn = calendar.nextRrn(at);
  const repeated = batch === session.previous;
  if (batch !== session.batch && !repeated) return { code: '77', rrn };
  const counted = ledger.totals(terminal, batch, currency);
  const claimed = claimedTotals(request, currency);
  const balanced = claimed !== undefined && sameTotals(claimed, counted);
  const result = claimed === undefined ? 'error' : balanced ? 'balanced' : 'not-balanced';
  book.add({
    terminal,
    batch,
    claimed: claimed ?? emptyTotals(currency),
    counted,
    result,
    uploaded: [],
    uploadEnded: false,
    at,
  });
  if (result === 'error') return { code: '30', rrn };
  if (!repeated) {
    session.settled = true;
    if (balanced) session.nextBatch();
  }
  return { code: '00', rrn, fields: { '48': packTotals(counted, balanced ? '1' : '2') } };
}

function claimedTotals(request: Request, currency: string): Totals | undefined {
  try {
    return unpackTotals(request.message.fields['48'] ?? '', currency).totals;
  } catch (thrown) {
    if (isRigError(thrown)) return undefined;
    throw thrown;
  }
}

const emptyTotals = (currency: string): Totals => {
  const zero: Money = { minor: 0, currency };
  return { debit: zero, debitCount: 0, credit: zero, creditCount: 0 };
};

/** Batch upload (0320): details of stripe transactions in F48, eight at most; of a chip transaction one in F11 and F4. */
export function batchUpload({ calendar, book }: SettlementDesk, request: Request): Answer {
  const rrn = calendar.nextRrn(request.at);
  const details = uploadedDetails(request);
  if (!details) return { code: '30', rrn };
  const known = book.change(request.terminalId, request.batch, ({ uploaded }) => ({
    uploaded: [...uploaded, ...details],
  }));
  return { code: known ? '00' : '77', rrn };
}

function uploadedDetails(request: Request): Settlement['uploaded'] | undefined {
  const field48 = request.message.fields['48'];
  if (field48 === undefined) return request.amount && [{ stan: request.stan, amount: request.amount }];
  try {
    return unpackDetails(field48).map(({ stan, minor }) => ({
      stan,
      amount: { minor, currency: request.currency },
    }));
  } catch (thrown) {
    if (isRigError(thrown)) return undefined;
    throw thrown;
  }
}

/** End of the upload (0320, 202 after an unbalanced settlement, 207 after a balanced one): closes the batch. */
export function batchUploadEnd(
  { calendar, book }: SettlementDesk,
  request: Request,
  session: Session,
): Answer {
  const rrn = calendar.nextRrn(request.at);
  const known = book.change(request.terminalId, request.batch, () => ({ uploadEnded: true }));
  if (known && session.settled && request.batch === session.batch) session.nextBatch();
  return { code: known ? '00' : '77', rrn };
}
