import { OperationEnds } from './entry.ts';
import type { Firmware } from './firmware.ts';
import { openLine } from './online.ts';
import { PARTS } from './transactions/download.ts';
import { echo } from './transactions/echo.ts';
import { signOn } from './transactions/sign-on.ts';

/**
 * What the acquirer can order by the processing requirement in the header of an answer, to be done when the transaction is
 * over. Digits as UnionPay-style acquirers use them; this model has no exchange rates (8).
 */
const TASKS: Readonly<Record<string, (firmware: Firmware) => Promise<unknown>>> = {
  '1': (firmware) => PARTS.parameters(firmware),
  '2': (firmware) => PARTS.status(firmware),
  '3': signOn,
  '4': (firmware) => PARTS.caKeys(firmware),
  '5': (firmware) => PARTS.applications(firmware),
  '6': (firmware) => PARTS.parameters(firmware, '364'),
  '7': (firmware) => PARTS.blacklist(firmware),
  '9': echo,
};

/** Tasks that open the line by themselves. */
const DIALS_ITSELF: readonly string[] = ['3', '9'];

/**
 * Does what was ordered, oldest first. What cannot be done now is tried again after the next operation. Answers on the way
 * order nothing: an acquirer that says the same in every answer must not keep the terminal busy for ever.
 */
export async function runTasks(firmware: Firmware): Promise<void> {
  const { flash } = firmware;
  const { tasks } = flash.memory;
  if (tasks.length === 0) return;
  const undone: string[] = [];
  for (const task of tasks) {
    if (!(await done(firmware, task))) undone.push(task);
  }
  flash.commit({ tasks: undone });
}

async function done(firmware: Firmware, task: string): Promise<boolean> {
  const perform = TASKS[task];
  if (!perform) return true;
  try {
    if (!DIALS_ITSELF.includes(task)) await openLine(firmware, 'ACQUIRER ORDERS');
    await perform(firmware);
    return true;
  } catch (thrown) {
    if (thrown instanceof OperationEnds) return false;
    throw thrown;
  }
}
