import type { DecodedMessage } from '../../codec/iso8583/index.ts';
import { recorded } from './batch.ts';
import type { Security } from './body.ts';
import { beginChip, type ChipDialogue, type ChipVerdict, endChip, printedChipData } from './emv.ts';
import { OperationEnds } from './entry.ts';
import { exchange, type Firmware, identityOf, settingsIn, workingKeys } from './firmware.ts';
import { type Memory, type PendingReversal, successor, type TransactionRecord } from './memory.ts';
import {
  type Circumstances,
  chipType,
  type Financial,
  financialRequest,
  hasChip,
  type Request,
  reversalFields,
} from './messages.ts';
import { deliverNotices } from './notices.ts';
import { deliverReversal, reversalBecause } from './reversal.ts';
import type { Screen } from './screens.ts';
import * as screens from './screens.ts';
import { storeScriptResult } from './script.ts';
import { captureSignature } from './signature.ts';
import { rowOf } from './transaction-table.ts';

/** Ends the operation unless a financial transaction may be made now. */
export function assertMayTransact(firmware: Firmware): void {
  const { signedOn, settlement, transactions } = firmware.flash.memory;
  if (!signedOn) throw new OperationEnds(screens.notPossible('SIGN ON FIRST'));
  if (settlement) throw new OperationEnds(screens.notPossible('SETTLE FIRST'));
  if (transactions.length >= settingsIn(firmware).batchCapacity)
    throw new OperationEnds(screens.notPossible('BATCH FULL: SETTLE'));
}

/**
 * Opens the line to the acquirer, clears away a pending reversal and delivers what is stored; what an operation that goes
 * online starts with.
 */
export async function openLine(firmware: Firmware, title: string): Promise<void> {
  const { link, show } = firmware;
  const { dials } = settingsIn(firmware);
  const connect = async () => {
    show(screens.connecting(title));
    for (let dial = 1; !(await link.connect()); dial++)
      if (dial >= dials) throw new OperationEnds(screens.noConnection());
  };
  await connect();
  const overtakes = firmware.defects.has('void-overtakes-reversal') && title === rowOf('void').title;
  if (!overtakes) await deliverReversal(firmware);
  await deliverNotices(firmware);
  if (!link.connected) await connect();
}

/** What a request made now says of itself; takes no STAN yet. */
export const circumstancesOf = (firmware: Firmware): Circumstances => ({
  ...identityOf(firmware),
  stan: successor(firmware.flash.memory.stan),
  batch: firmware.flash.memory.batch,
  date: firmware.rtc.stamp().slice(2, 8),
  seed: firmware.setup.seed,
  keys: workingKeys(firmware),
  security: securityOf(firmware),
});

const securityOf = ({ setup: { security }, defects }: Firmware): Security =>
  defects.has('track-in-clear') ? { ...security, encryptsTracks: false } : security;

/** A chip that was read begins its transaction: first GENERATE AC. Undefined where no chip takes part. */
export function chipDialogue(
  { setup }: Firmware,
  { card, entry, amount, pin }: Pick<Financial, 'card' | 'entry' | 'amount' | 'pin'>,
  at: Circumstances,
  kind: { readonly type: string; readonly offline?: boolean },
): ChipDialogue | undefined {
  const chip = hasChip(entry) ? setup.chipOf(card.id) : undefined;
  return chip && beginChip(chip, { ...at, ...kind, amount, pinEntered: pin !== '' });
}

/**
 * Takes a financial transaction online and returns the screen it ended with. The reversal is in flash before the first
 * byte leaves; an approval is in flash, with the slips that are owed, before anyone is told.
 */
export async function transact(firmware: Firmware, asked: Financial): Promise<Screen> {
  const { flash, show } = firmware;
  const { title } = rowOf(asked.kind);
  await openLine(firmware, title);
  const at = circumstancesOf(firmware);
  const { stan } = at;
  const chip = chipDialogue(firmware, asked, at, { type: chipType(asked.kind) });
  const transaction = chip ? { ...asked, emv: chip.tags } : asked;
  const request = asSaid(firmware, financialRequest(transaction, at));
  flash.commit({ stan, reversal: pendingReversal(firmware, transaction, request, stan) });
  show(screens.waiting(title));
  const answer = await exchange(firmware, request);
  if (!answer) {
    const { defects } = firmware;
    const forgets = defects.has('scan-never-reversed') && asked.entry === 'scan';
    if (forgets || defects.has('no-reversal-on-timeout')) flash.commit({ reversal: null });
    return screens.noAnswer();
  }
  if (answer.type === 'mac-error') {
    reversalBecause(firmware, 'A0');
    return screens.macError();
  }
  const { code, message } = answer;
  const approved =
    firmware.texts.approved.includes(code) || firmware.defects.has('decline-shown-as-approved');
  const verdict = chipVerdict(firmware, transaction, chip, message, approved);
  if (approved) return finish(firmware, { transaction, at, verdict }, message);
  if (firmware.defects.has('decline-prints-slip'))
    oweSlips(firmware, approvedRecord(firmware, transaction, at, verdict, message));
  return declined(firmware, code, message);
}

/** The request; a firmware with such a bug says something else of PIN and chip than there is. */
function asSaid({ defects }: Firmware, request: Request): Request {
  const { '23': sequence, ...fields } = request.fields;
  const lacks = sequence === undefined || defects.has('chip-sequence-missing');
  const entry = fields['22'];
  const silent = defects.has('pin-not-told') && typeof entry === 'string';
  return {
    ...request,
    fields: {
      ...fields,
      ...(!lacks && { '23': sequence }),
      ...(silent && { '22': `${entry.slice(0, 2)}2` }),
    },
  };
}

function pendingReversal(
  { vault, flash, defects }: Firmware,
  { kind }: Financial,
  request: Request,
  stan: string,
): PendingReversal | null {
  if (!rowOf(kind).reversible) return flash.memory.reversal;
  if (kind === 'pre-auth' && defects.has('pre-auth-never-reversed')) return null;
  const { fields, pan } = reversalFields(request);
  return { kind, stan, reason: '98', fields, pan: pan === undefined ? null : vault.seal(pan) };
}

/** The acquirer has refused: nothing is owed, and after some codes the terminal has to sign on again. */
export function declined({ flash, texts }: Firmware, code: string, message: DecodedMessage): Screen {
  const signedOn = flash.memory.signedOn && !texts['sign-on-again'].includes(code);
  flash.commit({ reversal: null, signedOn });
  return screens.declined(code, remarksOf(message)[0] ?? texts.texts[code] ?? '');
}

/**
 * The second GENERATE AC, while the card is still in the slot; a card that was tapped has long been taken away. An issuer's
 * answer (tag 91) goes to the chip first.
 */
function chipVerdict(
  { chipCard, defects }: Firmware,
  { entry, card }: Financial,
  chip: ChipDialogue | undefined,
  { fields }: DecodedMessage,
  approved: boolean,
): ChipVerdict | undefined {
  if (!chip || entry !== 'chip' || chipCard()?.id !== card.id) return undefined;
  const issuerData = defects.has('arpc-not-checked') ? undefined : fields['55.91'];
  return endChip(chip, { approved, code: fields['39'] ?? '', issuerData });
}

/** Why an approval cannot be taken as it came; undefined when it can. It is reversed with reason 06. */
function unfit({ amount }: Financial, { fields }: Pick<DecodedMessage, 'fields'>): string | undefined {
  if (Number(fields['4'] ?? amount) > amount) return 'WRONG AMOUNT';
  if ((fields['49'] ?? '156') !== '156') return 'WRONG CURRENCY';
  return (fields['37'] ?? '').trim() === '' ? 'NO REFERENCE NUMBER' : undefined;
}

/** The acquirer has approved: makes the transaction final, or owes a reversal if that cannot be done. */
export async function finish(
  firmware: Firmware,
  {
    transaction,
    at,
    verdict,
  }: {
    readonly transaction: Financial;
    readonly at: Circumstances;
    readonly verdict: ChipVerdict | undefined;
  },
  message: Pick<DecodedMessage, 'fields'>,
): Promise<Screen> {
  const { flash, chipCard } = firmware;
  const approved = firmware.texts.approved.includes(message.fields['39'] ?? '');
  const wrong = approved ? unfit(transaction, message) : undefined;
  if (wrong !== undefined) {
    reversalBecause(firmware, '06');
    return screens.cancelled(wrong);
  }
  if (transaction.entry === 'chip' && chipCard()?.id !== transaction.card.id) {
    // The chip was gone before it could give its second cryptogram.
    reversalBecause(firmware, '96');
    return screens.cancelled('CARD REMOVED');
  }
  if (verdict?.type === 'AAC') {
    reversalBecause(firmware, '06');
    return screens.cancelled('DECLINED BY CARD');
  }
  const record = approvedRecord(firmware, transaction, at, verdict, message);
  flash.commit({ ...booked(flash.memory, record), reversal: null });
  storeScriptResult(firmware, transaction, record, message);
  if (transaction.signs) await captureSignature(firmware, record);
  return screens.approved(record.responseCode, record.amount);
}

/** Slips without a booking: what only a firmware does that prints before it reads the response code. */
function oweSlips({ flash }: Firmware, record: TransactionRecord): void {
  const { owedSlips } = booked(flash.memory, record);
  if (owedSlips) flash.commit({ owedSlips });
}

/** What a transaction that is done changes in flash: batch, holds, the slips that are owed. */
export function booked(memory: Memory, record: TransactionRecord): Partial<Omit<Memory, 'version'>> {
  const subject = { type: 'transaction', record } as const;
  return {
    ...recorded(memory, record),
    owedSlips: [...memory.owedSlips, { subject, copy: 'merchant' }, { subject, copy: 'customer' }],
    lastSlip: subject,
  };
}

function approvedRecord(
  firmware: Firmware,
  transaction: Financial,
  at: Circumstances,
  verdict: ChipVerdict | undefined,
  message: Pick<DecodedMessage, 'fields'>,
): TransactionRecord {
  const { fields } = message;
  const local = firmware.rtc.stamp();
  const banks = fields['44'] ?? '';
  return {
    ...recordOf(firmware, transaction, at, verdict),
    time: `${local.slice(0, 4)}${fields['13'] ?? local.slice(4, 8)}${fields['12'] ?? local.slice(8)}`,
    amount: Number(fields['4'] ?? transaction.amount),
    responseCode: fields['39'] ?? '',
    rrn: fields['37'] ?? '',
    authCode: fields['38'] ?? '',
    issuer: banks.slice(0, 11).trim(),
    acquirer: banks.slice(11).trim() || (fields['32'] ?? ''),
    remarks: remarksOf(message),
  };
}

/** The record of a transaction as far as the terminal knows it by itself. */
export function recordOf(
  { vault, rtc, defects }: Firmware,
  transaction: Financial,
  at: Circumstances,
  verdict?: ChipVerdict,
): TransactionRecord {
  const { kind, card, entry, amount, pin, original, instalments, emv } = transaction;
  const offline = kind === 'offline-sale';
  return {
    kind,
    stan: at.stan,
    batch: at.batch,
    time: rtc.stamp(),
    entry,
    pan: vault.seal(card.pan),
    ...((defects.has('expiry-on-slip') || defects.has('track-in-remarks')) && {
      expiry: card.expiry.replace(/^(..)(..)$/, '$2/$1'),
    }),
    requested: amount,
    amount,
    responseCode: offline ? 'Y1' : '',
    rrn: '',
    authCode: '',
    issuer: '',
    acquirer: '',
    remarks: [],
    ...(emv && { chip: printedChipData(emv, verdict) }),
    ...(original && { original: printedOriginal(transaction.kind, original) }),
    ...(instalments && { instalments }),
    ...(pin !== '' && { pinVerified: true as const }),
    voided: false,
  };
}

/** What the slip names of the original: as the person at the keys named it. */
function printedOriginal(
  kind: Financial['kind'],
  { stan, rrn, date, authCode }: NonNullable<Financial['original']>,
): NonNullable<TransactionRecord['original']> {
  if (kind === 'refund') return { rrn, date };
  if (kind === 'void' || kind === 'completion-void' || kind === 'adjust') return { stan, rrn };
  return { date, ...(authCode !== undefined && { authCode }) };
}

/** Texts of F63 behind the card scheme (63.1), as far as there are any: for the display and the remarks of the slip. */
function remarksOf({ fields }: Pick<DecodedMessage, 'fields'>): string[] {
  const parts = Object.entries(fields)
    .filter(([id]) => id.startsWith('63.') && id !== '63.1')
    .map(([, text]) => text.trim());
  return parts.filter((text) => text !== '');
}
