import { changed } from './batch.ts';
import { OperationEnds } from './entry.ts';
import { type Firmware, identityOf } from './firmware.ts';
import type { TransactionRecord } from './memory.ts';
import { chipType, type Financial, financialRequest, type Identity, type Request } from './messages.ts';
import { noticeOf } from './notices.ts';
import { booked, chipDialogue, circumstancesOf, openLine, recordOf } from './online.ts';
import type { Screen } from './screens.ts';
import * as screens from './screens.ts';
import { rowOf } from './transaction-table.ts';

/** Transactions that the terminal makes by itself and tells the acquirer by a notice (0220) that is never reversed. */

/** Makes an offline sale: batch, slips and the notice are one write to flash; nothing is sent now. */
export function storeSale(
  firmware: Firmware,
  transaction: Financial & { readonly kind: 'offline-sale' },
): Screen {
  return screens.stored(store(firmware, 'offline-sale', transaction).amount);
}

/** Makes a completion by notice, and tries to tell it at once. */
export async function storeAndForward(
  firmware: Firmware,
  kind: 'completion-notice',
  transaction: Financial,
): Promise<Screen> {
  const record = store(firmware, kind, transaction);
  const { stan, amount } = record;
  const isRefused = (transactions: readonly TransactionRecord[]) =>
    transactions.some((one) => one.stan === stan && one.refused);
  return forward(firmware, { stan, title: rowOf(kind).title, amount, isRefused });
}

function store(
  firmware: Firmware,
  kind: 'offline-sale' | 'completion-notice',
  asked: Financial,
): TransactionRecord {
  const { flash } = firmware;
  const at = circumstancesOf(firmware);
  const chip = chipDialogue(firmware, asked, at, { type: chipType(kind), offline: kind === 'offline-sale' });
  const transaction = chip ? { ...asked, emv: chip.tags } : asked;
  const record = recordOf(firmware, transaction, at);
  const notice = noticeOf(firmware, kind, at.stan, financialRequest(transaction, at));
  flash.commit({
    ...booked(flash.memory, record),
    stan: at.stan,
    notices: [...flash.memory.notices, notice],
  });
  return record;
}

/** Adds a tip to a sale of the batch: the sale counts with its new amount from now on, whenever the acquirer hears of it. */
export async function storeAdjustment(
  firmware: Firmware,
  sale: TransactionRecord,
  tip: number,
): Promise<Screen> {
  const { flash, rtc } = firmware;
  const { stan } = circumstancesOf(firmware);
  const amount = sale.amount + tip;
  const { remarks: _, chip: __, ...kept } = sale;
  const record: TransactionRecord = {
    ...kept,
    kind: 'adjust',
    stan,
    time: rtc.stamp(),
    amount,
    tip,
    remarks: [],
    original: { stan: sale.stan, ...(sale.rrn && { rrn: sale.rrn }) },
  };
  const request = adjustRequest(identityOf(firmware), {
    sale,
    stan,
    amount,
    tip,
    pan: firmware.vault.open(sale.pan),
  });
  flash.commit({
    ...booked(flash.memory, record),
    stan,
    transactions: changed(flash.memory.transactions, sale.stan, { amount, tip }),
    notices: [...flash.memory.notices, noticeOf(firmware, 'adjust', stan, request)],
  });
  const isRefused = (transactions: readonly TransactionRecord[]) =>
    transactions.some((one) => one.stan === sale.stan && one.tip === undefined);
  return forward(firmware, { stan, title: 'TIP', amount, isRefused });
}

/** 0220 (60.1 = 34): F4 the new total, F48 the tip, F61 the sale. */
export function adjustRequest(
  at: Identity,
  {
    sale,
    stan,
    amount,
    tip,
    pan,
  }: {
    readonly sale: TransactionRecord;
    readonly stan: string;
    readonly amount: number;
    readonly tip: number;
    readonly pan: string;
  },
): Request {
  const { mti, processingCode, condition, type } = rowOf('adjust');
  const twelve = (minor: number) => String(minor).padStart(12, '0');
  return {
    mti,
    fields: {
      '2': pan,
      '3': processingCode,
      '4': twelve(amount),
      '11': stan,
      '22': '012',
      '25': condition,
      ...(sale.rrn.length === 12 && { '37': sale.rrn }),
      ...(sale.authCode.length === 6 && { '38': sale.authCode }),
      '41': at.terminalId,
      '42': at.merchantId,
      '48': twelve(tip),
      '49': '156',
      '60.1': type,
      '60.2': sale.batch,
      '60.3': '000',
      '60.4': '6',
      '60.5': '0',
      '61.1': sale.batch,
      '61.2': sale.stan,
      '61.3': sale.time.slice(4, 8),
    },
    mac: true,
  };
}

/** What was just stored, and how the batch shows that the acquirer would not have it. */
interface Forwarded {
  readonly stan: string;
  readonly title: string;
  readonly amount: number;
  isRefused(transactions: readonly TransactionRecord[]): boolean;
}

/** Tries to deliver what was just stored. Whatever stands in the way, the transaction is done: it is sent later then. */
async function forward(firmware: Firmware, { stan, title, amount, isRefused }: Forwarded): Promise<Screen> {
  try {
    await openLine(firmware, title);
  } catch (thrown) {
    if (!(thrown instanceof OperationEnds)) throw thrown;
  }
  const { notices, transactions } = firmware.flash.memory;
  if (notices.some((notice) => notice.stan === stan)) return screens.stored(amount);
  return isRefused(transactions)
    ? screens.notPossible('REFUSED BY ACQUIRER')
    : screens.approved('00', amount);
}
