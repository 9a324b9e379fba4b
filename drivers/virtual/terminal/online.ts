import type { DecodedMessage } from '../../codec/iso8583/index.ts';
import { BATCH_CAPACITY, recorded } from './batch.ts';
import { chipTags, printedChipData } from './emv.ts';
import { OperationEnds } from './entry.ts';
import { exchange, type Firmware, identityOf, workingKeys } from './firmware.ts';
import { type PendingReversal, successor, type TransactionRecord } from './memory.ts';
import {
  type Circumstances,
  type Financial,
  financialRequest,
  type Request,
  reversalFields,
  TRANSACTIONS,
} from './messages.ts';
import { deliverReversal, reversalBecause } from './reversal.ts';
import type { Screen } from './screens.ts';
import * as screens from './screens.ts';

/** Ends the operation unless a financial transaction may be made now. */
export function assertMayTransact({ flash }: Firmware): void {
  const { signedOn, settlement, transactions } = flash.memory;
  if (!signedOn) throw new OperationEnds(screens.notPossible('SIGN ON FIRST'));
  if (settlement) throw new OperationEnds(screens.notPossible('SETTLE FIRST'));
  if (transactions.length >= BATCH_CAPACITY)
    throw new OperationEnds(screens.notPossible('BATCH FULL: SETTLE'));
}

/** Opens the line to the acquirer and clears away a pending reversal; what an operation that goes online starts with. */
export async function openLine(firmware: Firmware, title: string): Promise<void> {
  const { link, show } = firmware;
  show(screens.connecting(title));
  if (!(await link.connect())) throw new OperationEnds(screens.noConnection());
  await deliverReversal(firmware);
  if (link.connected) return;
  show(screens.connecting(title));
  if (!(await link.connect())) throw new OperationEnds(screens.noConnection());
}

/**
 * Takes a financial transaction online and returns the screen it ended with. The reversal is in flash before the first
 * byte leaves; an approval is in flash, with the slips that are owed, before anyone is told.
 */
export async function transact(firmware: Firmware, title: string, transaction: Financial): Promise<Screen> {
  const { flash, rtc, setup, show } = firmware;
  await openLine(firmware, title);
  const stan = successor(flash.memory.stan);
  const at: Circumstances = {
    ...identityOf(firmware),
    stan,
    batch: flash.memory.batch,
    date: rtc.stamp().slice(2, 8),
    seed: setup.seed,
    keys: workingKeys(firmware),
  };
  const request = financialRequest(transaction, at);
  flash.commit({ stan, reversal: pendingReversal(firmware, transaction, request, stan) });
  show(screens.waiting(title));
  const answer = await exchange(firmware, request);
  if (!answer) {
    if (firmware.defects.has('no-reversal-on-timeout')) flash.commit({ reversal: null });
    return screens.noAnswer();
  }
  if (answer.type === 'mac-error') {
    reversalBecause(firmware, 'A0');
    return screens.macError();
  }
  const { code, message } = answer;
  const approved =
    firmware.texts.approved.includes(code) || firmware.defects.has('decline-shown-as-approved');
  return approved ? finish(firmware, transaction, at, message) : declined(firmware, code, message);
}

function pendingReversal(
  { vault, flash }: Firmware,
  { kind }: Financial,
  request: Request,
  stan: string,
): PendingReversal | null {
  if (!TRANSACTIONS[kind].reversible) return flash.memory.reversal;
  const { fields, pan } = reversalFields(request);
  return { kind, stan, reason: '98', fields, pan: pan === undefined ? null : vault.seal(pan) };
}

function declined({ flash, texts }: Firmware, code: string, message: DecodedMessage): Screen {
  const signedOn = flash.memory.signedOn && !texts['sign-on-again'].includes(code);
  flash.commit({ reversal: null, signedOn });
  return screens.declined(code, remarksOf(message)[0] ?? texts.texts[code] ?? '');
}

/** The acquirer has approved: makes the transaction final, or owes a reversal if that cannot be done. */
function finish(
  firmware: Firmware,
  transaction: Financial,
  at: Circumstances,
  message: DecodedMessage,
): Screen {
  const { flash, chipCard } = firmware;
  const approvedAmount = Number(message.fields['4'] ?? transaction.amount);
  if (approvedAmount > transaction.amount) {
    reversalBecause(firmware, '06');
    return screens.cancelled('WRONG AMOUNT');
  }
  if (transaction.entry === 'chip' && chipCard()?.id !== transaction.card.id) {
    // The chip was gone before it could give its second cryptogram.
    reversalBecause(firmware, '96');
    return screens.cancelled('CARD REMOVED');
  }
  const record = recordOf(firmware, transaction, at, message, approvedAmount);
  const subject = { type: 'transaction', record } as const;
  flash.commit({
    transactions: recorded(flash.memory.transactions, record),
    reversal: null,
    owedSlips: [...flash.memory.owedSlips, { subject, copy: 'merchant' }, { subject, copy: 'customer' }],
    lastSlip: subject,
  });
  return screens.approved(record.responseCode, record.amount);
}

function recordOf(
  { vault, rtc }: Firmware,
  transaction: Financial,
  at: Circumstances,
  { fields, ...message }: DecodedMessage,
  approvedAmount: number,
): TransactionRecord {
  const { kind, card, entry, amount, pin, original } = transaction;
  const local = rtc.stamp();
  const banks = fields['44'] ?? '';
  return {
    kind,
    stan: at.stan,
    batch: at.batch,
    time: `${local.slice(0, 4)}${fields['13'] ?? local.slice(4, 8)}${fields['12'] ?? local.slice(8)}`,
    entry,
    pan: vault.seal(card.pan),
    requested: amount,
    amount: approvedAmount,
    responseCode: fields['39'] ?? '',
    rrn: fields['37'] ?? '',
    authCode: fields['38'] ?? '',
    issuer: banks.slice(0, 11).trim(),
    acquirer: banks.slice(11).trim() || (fields['32'] ?? ''),
    remarks: remarksOf({ fields, ...message }),
    ...(entry !== 'swipe' && {
      chip: printedChipData(chipTags({ ...at, kind, card, amount, pinEntered: pin !== '' })),
    }),
    ...(kind === 'void' && original && { original: { stan: original.stan, rrn: original.rrn } }),
    ...(kind === 'refund' && original && { original: { rrn: original.rrn, date: original.date } }),
    voided: false,
  };
}

/** Texts of F63 behind the card scheme (63.1), as far as there are any: for the display and the remarks of the slip. */
function remarksOf({ fields }: DecodedMessage): string[] {
  const parts = Object.entries(fields)
    .filter(([id]) => id.startsWith('63.') && id !== '63.1')
    .map(([, text]) => text.trim());
  return parts.filter((text) => text !== '');
}
