import { readCard } from '../card-reader.ts';
import { enterAmount, OperationEnds } from '../entry.ts';
import { type Firmware, settingsIn } from '../firmware.ts';
import { assertMayTransact } from '../online.ts';
import type { Screen } from '../screens.ts';
import * as screens from '../screens.ts';
import { storeSale } from '../stored.ts';

/**
 * Offline sale: chip and terminal approve it by themselves (Y1) up to the floor limit, and only so many; it is stored, and told to the
 * acquirer before the next online transaction, at latest before settlement.
 */
export async function offlineSale(firmware: Firmware): Promise<Screen> {
  assertMayTransact(firmware);
  const { floorLimit, offlineStored } = settingsIn(firmware);
  const waiting = firmware.flash.memory.notices.filter(({ kind }) => kind === 'offline-sale');
  if (waiting.length >= offlineStored) throw new OperationEnds(screens.notPossible('OFFLINE LIMIT'));
  const amount = await enterAmount(firmware, 'OFFLINE SALE');
  if (amount > floorLimit) throw new OperationEnds(screens.notPossible('OVER FLOOR LIMIT'));
  const presented = await readCard(firmware, 'OFFLINE SALE', amount);
  if (presented.entry === 'swipe') throw new OperationEnds(screens.notPossible('CHIP NEEDED OFFLINE'));
  return storeSale(firmware, { kind: 'offline-sale', ...presented, amount, pin: '' });
}
