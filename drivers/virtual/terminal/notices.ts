import { changed } from './batch.ts';
import { OperationEnds } from './entry.ts';
import { exchange, type Firmware, settingsIn } from './firmware.ts';
import type { Memory, NoticeKind, PendingNotice, SlipSubject, TransactionRecord } from './memory.ts';
import { type Request, reversalFields } from './messages.ts';
import * as screens from './screens.ts';

/** Money hangs on these: while one of them is not answered nothing new goes online. The others wait without harm. */
const ABOUT_MONEY: readonly NoticeKind[] = ['completion-notice', 'offline-sale', 'adjust'];

/** A request as a notice in flash: without PIN and track, its card number sealed. */
export function noticeOf(
  { vault }: Firmware,
  kind: NoticeKind,
  stan: string,
  request: Request,
): PendingNotice {
  const { '37': rrn } = request.fields;
  const { fields, pan } = reversalFields(request);
  return {
    kind,
    mti: request.mti,
    stan,
    fields: { ...fields, ...(typeof rrn === 'string' && { '37': rrn }) },
    pan: pan === undefined ? null : vault.seal(pan),
  };
}

/**
 * Delivers what is stored, oldest first. A notice is repeated with its STAN until it is answered, and struck off in the
 * very commit that takes the answer: it is told once and only once. Ends the operation with UPLOAD FAILED when one that
 * moves money finds no answer; it stays in flash.
 */
export async function deliverNotices(firmware: Firmware): Promise<void> {
  for (const notice of firmware.flash.memory.notices) {
    const delivered = await deliver(firmware, notice);
    if (!delivered && firmware.defects.has('notice-given-up')) struckOff(firmware, notice);
    else if (!delivered && ABOUT_MONEY.includes(notice.kind) && !firmware.defects.has('notice-overtaken'))
      throw new OperationEnds(screens.uploadFailed(notice.stan));
    if (!delivered) return;
  }
}

function struckOff({ flash }: Firmware, notice: PendingNotice): void {
  flash.commit({ notices: flash.memory.notices.filter((other) => other !== notice) });
}

async function deliver(firmware: Firmware, notice: PendingNotice): Promise<boolean> {
  const { link, show } = firmware;
  const attempts = ABOUT_MONEY.includes(notice.kind) ? settingsIn(firmware).attempts : 1;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    show(screens.sendingStored(notice.stan, attempt));
    if (!link.connected && !(await link.connect())) continue;
    if (await attemptNotice(firmware, notice)) return true;
    if (!firmware.flash.memory.signedOn) return false;
  }
  return false;
}

async function attemptNotice(firmware: Firmware, notice: PendingNotice): Promise<boolean> {
  const { texts, flash, vault, defects } = firmware;
  const { mti, fields, pan, stan, kind } = notice;
  const request = { mti, mac: true, fields: pan === null ? fields : { '2': vault.open(pan), ...fields } };
  const answer = await exchange(firmware, request);
  if (answer?.type !== 'answer') return false;
  const { code, message } = answer;
  if (texts['sign-on-again'].includes(code)) {
    flash.commit({ signedOn: false });
    return false;
  }
  // 94: it has been booked before, and only the answer was lost.
  const taken = texts.approved.includes(code) || code === '94';
  const { notices, transactions } = flash.memory;
  const counts = kind === 'offline-sale' || kind === 'completion-notice';
  const told = {
    ...(message.fields['37'] !== undefined && { rrn: message.fields['37'] }),
    ...(message.fields['38'] !== undefined && { authCode: message.fields['38'] }),
    ...(!taken && !defects.has('refused-still-counted') && { refused: true as const }),
  };
  flash.commit({
    notices: notices.filter((other) => other !== notice),
    ...(counts && { transactions: changed(transactions, stan, told) }),
    ...(!taken && slipsWithout(flash.memory, stan)),
    ...(!taken && kind === 'adjust' && { transactions: untipped(transactions, fields['61.2'] ?? '') }),
  });
  if (kind === 'offline-sale' && defects.has('offline-sale-uploaded-twice'))
    await uploadAgain(firmware, request);
  if (!taken) {
    firmware.show(screens.storedRefused(stan, code));
    await firmware.cycle.sleep(firmware.setup.timers.result);
  }
  return true;
}

/** Nothing of a refused transaction is printed that has not been printed yet. */
function slipsWithout({ owedSlips, lastSlip }: Memory, stan: string): Pick<Memory, 'owedSlips' | 'lastSlip'> {
  const isOf = (subject: SlipSubject | null) =>
    subject?.type === 'transaction' && subject.record.stan === stan;
  const owed = owedSlips.filter(({ subject }) => !isOf(subject));
  return { owedSlips: owed, lastSlip: owed.length < owedSlips.length && isOf(lastSlip) ? null : lastSlip };
}

/** A tip that the acquirer refuses is no tip: the sale counts as it did before. */
const untipped = (transactions: readonly TransactionRecord[], sale: string): readonly TransactionRecord[] =>
  transactions.map((record) => {
    if (record.stan !== sale || record.tip === undefined) return record;
    const { tip, ...before } = record;
    return { ...before, amount: record.amount - tip };
  });

/** The bug of forgetting that it was answered, with a fresh voucher number on top. */
async function uploadAgain(firmware: Firmware, request: Request): Promise<void> {
  const { flash, link } = firmware;
  const stan = String(Number(flash.memory.stan) + 1).padStart(6, '0');
  flash.commit({ stan });
  if (link.connected) await exchange(firmware, { ...request, fields: { ...request.fields, '11': stan } });
}
