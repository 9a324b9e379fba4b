import { readCard } from '../card-reader.ts';
import { enterAmount, OperationEnds } from '../entry.ts';
import type { Firmware } from '../firmware.ts';
import { assertMayTransact } from '../online.ts';
import type { Screen } from '../screens.ts';
import * as screens from '../screens.ts';
import { storeSale } from '../stored.ts';

/** What chip and terminal may approve by themselves, fen. */
const FLOOR_LIMIT = 50_000;

/**
 * Offline sale: chip and terminal approve it by themselves (Y1) up to the floor limit; it is stored, and told to the
 * acquirer before the next online transaction, at latest before settlement.
 */
export async function offlineSale(firmware: Firmware): Promise<Screen> {
  assertMayTransact(firmware);
  const amount = await enterAmount(firmware, 'OFFLINE SALE');
  if (amount > FLOOR_LIMIT) throw new OperationEnds(screens.notPossible('OVER FLOOR LIMIT'));
  const presented = await readCard(firmware, 'OFFLINE SALE', amount);
  if (presented.entry === 'swipe') throw new OperationEnds(screens.notPossible('CHIP NEEDED OFFLINE'));
  return storeSale(firmware, { kind: 'offline-sale', ...presented, amount, pin: '' });
}
