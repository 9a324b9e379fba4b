import type { Settlement, Totals } from '../../../rig/model/book.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import { sameMoney } from '../../../rig/model/money.ts';
import { unpackDetails } from '../../codec/iso8583/index.ts';
import type { Answer } from './answer.ts';
import type { BusinessCalendar } from './calendar.ts';
import type { Ledger } from './ledger.ts';
import type { Request } from './request.ts';
import type { Session } from './session.ts';
import { claimedTotals, emptyTotals, fitsMessage, type Result, totalsFields } from './totals-fields.ts';

/** Details of one batch that are kept; a terminal that uploads more is told 96. */
const MOST_DETAILS = 20_000;

type Detail = Settlement['uploaded'][number];

/** All settlements, oldest first; uploads belong to the last one of their batch. */
export class SettlementBook {
  private list: Settlement[] = [];
  private readonly last = new Map<string, number>();
  private readonly keep: number;

  /** `keep`: settlements to remember when there are more, the latest; without it all. */
  constructor(keep = Number.POSITIVE_INFINITY) {
    this.keep = keep;
  }

  all(): readonly Settlement[] {
    return [...this.list];
  }

  add(settlement: Settlement): void {
    if (this.list.length >= 2 * this.keep) {
      this.list = this.list.slice(-this.keep);
      this.last.clear();
      for (const [place, { terminal, batch }] of this.list.entries())
        this.last.set(`${terminal}/${batch}`, place);
    }
    this.last.set(`${settlement.terminal}/${settlement.batch}`, this.list.push(settlement) - 1);
  }

  /** The last settlement of a batch. */
  of(terminal: string, batch: string): Settlement | undefined {
    return this.list[this.last.get(`${terminal}/${batch}`) ?? -1];
  }

  /** Changes the last settlement of a batch. */
  change(terminal: string, batch: string, change: Partial<Settlement>): void {
    const place = this.last.get(`${terminal}/${batch}`) ?? -1;
    const settlement = this.list[place];
    if (settlement) this.list[place] = { ...settlement, ...change };
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
 * Settlement (0500): compares the terminal's totals with the ledger. Answers 1 balanced, which closes the batch, or 2 not
 * balanced with the host's totals, after which the details are to be uploaded. A batch of more items than a message can
 * count is 79 with result 3 and is settled by its details. May be repeated when the answer was lost; a batch that is
 * neither in force nor the last one is 77, totals that cannot be read 30.
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
  const claimed = claimedTotals(request);
  const result: Result =
    claimed === undefined || !fitsMessage(counted)
      ? 'error'
      : sameTotals(claimed, counted)
        ? 'balanced'
        : 'not-balanced';
  book.add({
    terminal,
    batch,
    claimed: claimed ?? emptyTotals(currency),
    counted,
    result,
    // A repeated settlement does not undo what was uploaded since.
    ...(repeated ? uploadOf(book.of(terminal, batch)) : { uploaded: [], uploadEnded: false }),
    at,
  });
  if (claimed === undefined) return { code: '30', rrn };
  if (!repeated) {
    session.settled = true;
    if (result === 'balanced') session.nextBatch();
  }
  return { code: result === 'error' ? '79' : '00', rrn, fields: totalsFields(request, counted, result) };
}

const uploadOf = (settlement: Settlement | undefined) => ({
  uploaded: settlement?.uploaded ?? [],
  uploadEnded: settlement?.uploadEnded ?? false,
});

/**
 * Batch upload (0320): details of stripe transactions in F48, eight at most (60.3 201); a chip transaction (203 and 205
 * online, 204 and 206 advices) is one message, its own fields saying which it is. A detail that comes again counts once.
 */
export function batchUpload({ calendar, book }: SettlementDesk, request: Request): Answer {
  const rrn = calendar.nextRrn(request.at);
  const details = uploadedDetails(request);
  if (!details) return { code: '30', rrn };
  const settlement = book.of(request.terminalId, request.batch);
  if (!settlement) return { code: '77', rrn };
  const known = new Set(settlement.uploaded.map(({ stan }) => stan));
  const uploaded = [...settlement.uploaded, ...details.filter(({ stan }) => !known.has(stan))];
  if (uploaded.length > MOST_DETAILS) return { code: '96', rrn };
  book.change(request.terminalId, request.batch, { uploaded });
  return { code: '00', rrn };
}

function uploadedDetails(request: Request): readonly Detail[] | undefined {
  const { fields } = request.message;
  if (fields['60.3'] !== '201') {
    return request.amount && [{ stan: fields['61.2'] ?? request.stan, amount: request.amount }];
  }
  try {
    return unpackDetails(fields['48'] ?? '').map(({ stan, minor }) => ({
      stan,
      amount: { minor, currency: request.currency },
    }));
  } catch (thrown) {
    if (isRigError(thrown)) return undefined;
    throw thrown;
  }
}

/**
 * End of the upload (0320, 202 after an unbalanced settlement, 207 after a balanced one): closes the batch. What it says
 * of the number of details and of the settlement is compared with what came, for the record.
 */
export function batchUploadEnd(
  { calendar, book }: SettlementDesk,
  request: Request,
  session: Session,
): Answer {
  const rrn = calendar.nextRrn(request.at);
  const settlement = book.of(request.terminalId, request.batch);
  if (!settlement) return { code: '77', rrn };
  book.change(request.terminalId, request.batch, { uploadEnded: true });
  if (session.settled && request.batch === session.batch) session.nextBatch();
  const { fields } = request.message;
  const announced = Number(fields['48'] ?? '0');
  const came = settlement.uploaded.length;
  const due = settlement.result === 'balanced' ? '207' : '202';
  return {
    code: '00',
    rrn,
    checks: {
      details: announced === came ? 'all came' : `${announced} announced, ${came} came`,
      ...(fields['60.3'] !== due && { end: `${fields['60.3']} where ${due} was due` }),
    },
  };
}
