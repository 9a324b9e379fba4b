import { readCard } from '../card-reader.ts';
import { enterAmount } from '../entry.ts';
import type { Firmware } from '../firmware.ts';
import { enterHold } from '../hold.ts';
import type { Financial } from '../messages.ts';
import { assertMayTransact, transact } from '../online.ts';
import type { Screen } from '../screens.ts';
import { storeAndForward } from '../stored.ts';

/** Completion of a pre-authorisation, online: the amount is taken out of the hold, at most 115 % of it in China. */
export async function completion(firmware: Firmware): Promise<Screen> {
  return transact(firmware, await enterCompletion(firmware, 'completion', 'COMPLETION'));
}

/** Completion by notice: the terminal decides and tells the acquirer, now or as soon as the line allows. */
export async function completionNotice(firmware: Firmware): Promise<Screen> {
  return storeAndForward(
    firmware,
    'completion-notice',
    await enterCompletion(firmware, 'completion-notice', 'COMPLETION NOTICE'),
  );
}

async function enterCompletion(
  firmware: Firmware,
  kind: 'completion' | 'completion-notice',
  title: string,
): Promise<Financial> {
  assertMayTransact(firmware);
  const original = await enterHold(firmware, title);
  const amount = await enterAmount(firmware, title);
  const presented = await readCard(firmware, title, amount);
  return { kind, ...presented, amount, pin: '', original };
}
