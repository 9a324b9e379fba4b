import { unpackTotals } from '../../../codec/iso8583/index.ts';
import { countedIn, totalsOf } from '../batch.ts';
import { confirm, OperationEnds } from '../entry.ts';
import { exchange, type Firmware, identityOf, nextStan } from '../firmware.ts';
import {
  DETAILS_PER_MESSAGE,
  settlementRequest,
  uploadEndRequest,
  uploadRequest,
} from '../management-messages.ts';
import { type BatchTotals, successor, type TransactionRecord } from '../memory.ts';
import type { Request } from '../messages.ts';
import { openLine } from '../online.ts';
import { printOwedSlips } from '../printing.ts';
import type { Screen } from '../screens.ts';
import * as screens from '../screens.ts';

/**
 * Settlement: totals to the acquirer; when it counts differently, all details; then a slip and a new batch. What is not
 * known to have arrived stays open in flash: until the settlement is done no transaction joins the batch.
 */
export async function settle(firmware: Firmware): Promise<Screen> {
  const { flash, show } = firmware;
  const { signedOn } = flash.memory;
  const batch = batchToSettle(firmware);
  if (!signedOn) throw new OperationEnds(screens.notPossible('SIGN ON FIRST'));
  const totals = batchTotals(firmware);
  await confirm(
    firmware,
    screens.confirmSettlement(
      batch,
      { count: totals.debitCount, minor: totals.debit },
      { count: totals.creditCount, minor: totals.credit },
    ),
  );
  await openLine(firmware, 'SETTLE');
  const balanced = flash.memory.settlement?.stage === 'uploading' ? false : await askTotals(firmware);
  if (!balanced && !firmware.defects.has('no-batch-upload')) await upload(firmware);
  closeBatch(firmware, balanced);
  show(screens.printing());
  await printOwedSlips(firmware);
  return screens.settled(batch, balanced);
}

const batchToSettle = ({ flash }: Firmware) => flash.memory.settlement?.batch ?? flash.memory.batch;

const management = (firmware: Firmware) => ({
  ...identityOf(firmware),
  stan: nextStan(firmware),
  batch: batchToSettle(firmware),
});

/** 0500: true when the acquirer's totals are the same; from here on the settlement is open. */
async function askTotals(firmware: Firmware): Promise<boolean> {
  const { flash, show } = firmware;
  const at = management(firmware);
  const open = { batch: at.batch, stan: at.stan, uploaded: 0 };
  flash.commit({ settlement: { ...open, stage: 'asked' } });
  show(screens.waiting('SETTLE'));
  const fields = await answered(firmware, settlementRequest(at, batchTotals(firmware)));
  const result = resultOf(fields['48']);
  if (result === '1') return true;
  if (result === '2') {
    flash.commit({ settlement: { ...open, stage: 'uploading' } });
    return false;
  }
  flash.commit({ settlement: null });
  throw new OperationEnds(screens.declined(fields['39'] ?? '', 'TOTALS NOT TAKEN'));
}

function resultOf(totals: string | undefined): string | undefined {
  try {
    return unpackTotals(totals ?? '', 'CNY').result;
  } catch {
    return undefined;
  }
}

/** 0320: details in the order they were made, eight a message, then the end message; goes on where it was broken off. */
async function upload(firmware: Firmware): Promise<void> {
  const { flash, show, vault } = firmware;
  const transactions = countedIn(flash.memory.transactions);
  for (;;) {
    const { settlement } = flash.memory;
    const done = settlement?.uploaded ?? 0;
    show(screens.uploading(done, transactions.length));
    const next = transactions.slice(done, done + DETAILS_PER_MESSAGE);
    if (next.length === 0 || !settlement) break;
    const details = next.map(({ stan, pan, amount }) => ({ stan, pan: vault.open(pan), amount }));
    await answered(firmware, uploadRequest(management(firmware), details));
    flash.commit({ settlement: { ...settlement, uploaded: done + next.length } });
  }
  await answered(firmware, uploadEndRequest(management(firmware), transactions.length));
}

/**
 * An answer that says yes. No answer ends the operation with the settlement open; a no ends the settlement with the batch
 * kept, to be begun anew.
 */
async function answered(firmware: Firmware, request: Request): Promise<Readonly<Record<string, string>>> {
  const { flash, texts } = firmware;
  const answer = await exchange(firmware, request);
  if (answer?.type !== 'answer') throw new OperationEnds(screens.noAnswer());
  const { code, message } = answer;
  if (texts.approved.includes(code)) return message.fields;
  const signedOn = flash.memory.signedOn && !texts['sign-on-again'].includes(code);
  flash.commit({ signedOn, settlement: null });
  throw new OperationEnds(screens.declined(code, texts.texts[code] ?? ''));
}

function batchTotals({ flash, defects }: Firmware): BatchTotals {
  const { transactions, holds } = flash.memory;
  const counted = (record: TransactionRecord) =>
    !(defects.has('void-not-in-totals') && record.kind === 'void');
  const totals = totalsOf(transactions.filter(counted).map(withoutTip(defects)));
  if (!defects.has('pre-auth-in-totals')) return totals;
  const held = holds.filter(({ batch }) => batch === flash.memory.batch);
  return {
    ...totals,
    debit: totals.debit + held.reduce((sum, { amount }) => sum + amount, 0),
    debitCount: totals.debitCount + held.length,
  };
}

const withoutTip = (defects: Firmware['defects']) => (record: TransactionRecord) =>
  defects.has('tip-not-in-totals') ? { ...record, amount: record.amount - (record.tip ?? 0) } : record;

function closeBatch(firmware: Firmware, balanced: boolean): void {
  const { flash, rtc } = firmware;
  const { settlement, owedSlips } = flash.memory;
  const batch = batchToSettle(firmware);
  const record = {
    batch,
    stan: settlement?.stan ?? flash.memory.stan,
    time: rtc.stamp(),
    totals: batchTotals(firmware),
    balanced,
  };
  const subject = { type: 'settlement', record } as const;
  flash.commit({
    batch: flash.memory.batch === batch ? successor(batch) : flash.memory.batch,
    transactions: [],
    settlement: null,
    owedSlips: [...owedSlips, { subject, copy: 'settlement' }],
    lastSlip: subject,
  });
}
