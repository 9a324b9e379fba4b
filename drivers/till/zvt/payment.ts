import type { Clock } from '../../../rig/model/time.ts';
import { repeatReceipt, statusEnquiry } from './commands.ts';
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

/** What a command that moves money has come to. Only a terminal that says so has approved or declined. */
export function beliefOf({ end, statuses }: CommandResult): Belief {
  const told = statuses[0] ? toldBy(statuses[0]) : undefined;
  switch (end.how) {
    case 'completed':
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
const BUSY: readonly number[] = [0x9c, 0xa0];

export interface RecoveryOptions {
  readonly clock: Clock;
  readonly password: string;
  readonly minor: number;
  readonly before: Before;
  /** Opens the link again. */
  open(): Promise<Session>;
}

/**
 * Finds out what became of a payment whose end was not heard: the terminal is asked until it is idle, then for its last
 * receipt. Never asks for money again. A receipt that was there before the payment means that there is none of it.
 */
export async function recover(options: RecoveryOptions): Promise<Belief> {
  const { clock, password, minor, before } = options;
  const deadline = clock.now() + PATIENCE;
  let why = 'the terminal could not be reached';
  for (;;) {
    const session = await options.open().catch((error: Error) => {
      why = error.message;
      return undefined;
    });
    if (session) {
      const last = await lastReceipt(session, password);
      await session.close();
      if (typeof last === 'object') return judged(last.told, minor, before);
      why = last;
    }
    if (clock.now() > deadline) return { outcome: 'unknown', remark: `not recovered: ${why}` };
    await clock.sleep(PAUSE);
  }
}

/** The last receipt, when the terminal is idle; else why not. */
async function lastReceipt(
  session: Session,
  password: string,
): Promise<{ readonly told: Told | undefined } | string> {
  const status = await session.run(statusEnquiry());
  if (status.end.how === 'lost') return status.end.why;
  if ('code' in status.end && BUSY.includes(status.end.code)) return 'the terminal is still busy';
  if (status.end.how === 'completed') {
    const state = status.end.apdu.fields.find(({ id }) => id === 'terminal-status')?.value[0];
    if (state !== undefined && BUSY.includes(state)) return 'the terminal is still busy';
  }
  const receipt = await session.run(repeatReceipt(password));
  if (receipt.end.how === 'lost') return receipt.end.why;
  if ('code' in receipt.end && BUSY.includes(receipt.end.code)) return 'the terminal is still busy';
  return { told: receipt.statuses[0] && toldBy(receipt.statuses[0]) };
}

function judged(told: Told | undefined, minor: number, before: Before): Belief {
  const remark = 'asked for by repeat receipt';
  const fresh = told && (told.receipt !== before.receipt || told.trace !== before.trace);
  if (!fresh || told.amount !== minor)
    return { outcome: 'declined', remark: `${remark}: none of this payment` };
  return { outcome: told.result === 0 ? 'approved' : 'declined', code: told.result, told, remark };
}
