import type { Clock } from '../../../rig/model/time.ts';
import type { ZvtApdu } from '../../codec/zvt/apdu.ts';
import { find } from '../../codec/zvt/show.ts';
import { repeatReceipt, statusEnquiry, turnoverTotals } from './commands.ts';
import { type Told, toldBy } from './dialogue.ts';
import type { CommandResult, Session } from './session.ts';

/** What the till believes of a transaction. */
export interface Belief {
  readonly outcome: 'approved' | 'declined' | 'unknown';
  /** Why, as a result code of ZVT. */
  readonly code?: number;
  readonly told?: Told;
  /** In words, when the outcome is not known or was asked for afterwards. */
  readonly remark?: string;
}

/**
 * What a command that moves money has come to. Only a terminal that says so has approved or declined.
 * @param before the last receipt before a payment, where that was asked for: what tells of it again, or of none at all, is
 *   what a lost cable has left of something else, and says nothing of this payment
 */
export function beliefOf({ end, statuses }: CommandResult, before?: Before): Belief {
  const told = statuses[0] ? toldBy(statuses[0]) : undefined;
  const good = end.how === 'completed' || end.how === 'lost';
  if (before && good && told && !isFresh(told, before))
    return { outcome: 'unknown', remark: 'the terminal has told of the payment before' };
  switch (end.how) {
    case 'completed':
      if (before && !told)
        return { outcome: 'unknown', remark: 'the terminal has not told what it has done' };
      if (told && told.result !== 0) return { outcome: 'declined', code: told.result, told };
      return { outcome: 'approved', ...(told && { told }) };
    case 'aborted':
    case 'refused':
      return { outcome: 'declined', code: end.code, ...(told && { told }) };
    case 'lost':
      // The result came, only what follows it did not.
      if (told)
        return {
          outcome: told.result === 0 ? 'approved' : 'declined',
          code: told.result,
          told,
          remark: end.why,
        };
      return { outcome: 'unknown', remark: end.why };
  }
}

/** What the till knew before it asked, to tell the last transaction of the terminal from the one before. */
export interface Before {
  readonly receipt: string | undefined;
  readonly trace: string | undefined;
}

const PATIENCE = 300_000;
const PAUSE = 2000;
/** Answers of a terminal that is still at it. */
export const BUSY: readonly number[] = [0x9c, 0xa0];

/** What asking needs. */
export interface Asking {
  readonly clock: Clock;
  readonly password: string;
  /** Opens the link again. */
  open(): Promise<Session>;
}

export interface RecoveryOptions extends Asking {
  /** What was asked for; absent: the till does not know the amount (a reversal by receipt number). */
  readonly minor?: number | undefined;
  readonly before: Before;
}

/**
 * Finds out what became of a payment whose end was not heard: the terminal is asked until it is idle, then for its last
 * receipt. Never asks for money again. A receipt that was there before the payment means that there is none of it.
 */
export const recover = ({ minor, before, ...asking }: RecoveryOptions): Promise<Belief> =>
  askUntilAnswered(asking, async (session) => {
    await session.quiet();
    let last = await lastReceipt(session, asking.password);
    if (typeof last !== 'object') return last;
    if (!last.told) {
      // What has been left over of something else may look like an answer that tells nothing: not twice.
      await session.quiet();
      last = await lastReceipt(session, asking.password);
      if (typeof last !== 'object') return last;
    }
    // A receipt that there was does not go away: this is the answer to something else.
    if (!last.told && before.receipt !== undefined) return 'the terminal told no receipt';
    return judged(last.told, minor, before);
  });

/**
 * Finds out what became of an end of day: when the terminal is idle again its totals are empty, or they are not. Nothing is
 * closed by asking.
 */
export const recoverEndOfDay = (asking: Asking): Promise<Belief> =>
  askUntilAnswered(asking, async (session) => {
    await session.quiet();
    const busy = await busyWith(session);
    if (busy !== undefined) return busy;
    const { end, statuses } = await session.run(turnoverTotals(asking.password));
    if (end.how === 'lost') return end.why;
    if ('code' in end && BUSY.includes(end.code)) return 'the terminal is still busy';
    const told = statuses[0] && toldBy(statuses[0]);
    // A terminal that keeps no totals (84 83) cannot be asked.
    if (!told) return { outcome: 'unknown', remark: 'the terminal tells no totals' };
    const remark = 'asked for by the totals';
    const open = statuses[0] && openReceipts(statuses[0]);
    return open
      ? { outcome: 'declined', remark: `${remark}: the batch is still open` }
      : { outcome: 'approved', remark };
  });

/** Asks again and again until there is an answer; a text says why there is none yet. */
async function askUntilAnswered(
  { clock, open }: Asking,
  asked: (session: Session) => Promise<Belief | string>,
): Promise<Belief> {
  const deadline = clock.now() + PATIENCE;
  let why = 'the terminal could not be reached';
  for (;;) {
    const session = await open().catch((error: Error) => {
      why = error.message;
      return undefined;
    });
    if (session) {
      const answer = await asked(session);
      await session.close();
      if (typeof answer === 'object') return answer;
      why = answer;
    }
    if (clock.now() > deadline) return { outcome: 'unknown', remark: `not recovered: ${why}` };
    await clock.sleep(PAUSE);
  }
}

/** Whether totals (BMP 60) name a receipt. */
function openReceipts({ fields }: ZvtApdu): boolean {
  const totals = find(fields, '60')?.value;
  if (totals) return totals.subarray(0, 4).some((byte) => byte !== 0);
  const sum = find(fields, '04')?.value ?? [];
  return sum.some((byte) => byte !== 0);
}

/** What `busyWith` says of a terminal that answers and is not ready. */
export const BUSY_STILL = 'the terminal is still busy';

/** Why the terminal is not to be asked now; undefined when it is idle. */
export async function busyWith(session: Session): Promise<string | undefined> {
  const answer = await askedState(session);
  if (typeof answer === 'string') return answer;
  return BUSY.includes(answer.state) ? BUSY_STILL : undefined;
}

/** What a terminal answers the status enquiry; one that names no state is ready. A text: why there is no answer. */
export async function askedState(session: Session): Promise<{ readonly state: number } | string> {
  const { end } = await session.run(statusEnquiry());
  if (end.how === 'lost') return end.why;
  const state =
    end.how === 'completed' ? end.apdu.fields.find(({ id }) => id === 'terminal-status')?.value[0] : end.code;
  return { state: state ?? 0 };
}

/** The last receipt, when the terminal is idle; else why not. */
async function lastReceipt(
  session: Session,
  password: string,
): Promise<{ readonly told: Told | undefined } | string> {
  const busy = await busyWith(session);
  if (busy !== undefined) return busy;
  const receipt = await session.run(repeatReceipt(password));
  if (receipt.end.how === 'lost') return receipt.end.why;
  if ('code' in receipt.end && BUSY.includes(receipt.end.code)) return 'the terminal is still busy';
  return { told: receipt.statuses[0] && toldBy(receipt.statuses[0]) };
}

/** Whether what is told is of another transaction than the last one before. */
export const isFresh = (told: Told, before: Before): boolean =>
  told.receipt !== before.receipt || told.trace !== before.trace;

function judged(told: Told | undefined, minor: number | undefined, before: Before): Belief {
  const remark = 'asked for by repeat receipt';
  if (!told || !isFresh(told, before) || (minor !== undefined && told.amount !== minor))
    return { outcome: 'declined', remark: `${remark}: none of this payment` };
  return { outcome: told.result === 0 ? 'approved' : 'declined', code: told.result, told, remark };
}
