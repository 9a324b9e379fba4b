import { readCard } from '../card-reader.ts';
import { enterAmount, enterDate, enterPin, enterReference } from '../entry.ts';
import type { Firmware } from '../firmware.ts';
import { assertMayTransact, transact } from '../online.ts';
import type { Screen } from '../screens.ts';

/** F61 of a refund: the sale may stem from another batch or terminal, so only reference and date name it. */
const UNKNOWN = '000000';

/** Refund: gives back all or part of an earlier sale, named by its reference number and date. Not reversible. */
export async function refund(firmware: Firmware): Promise<Screen> {
  assertMayTransact(firmware);
  const rrn = await enterReference(firmware);
  const date = await enterDate(firmware, 'REFUND');
  const amount = await enterAmount(firmware, 'REFUND');
  const presented = await readCard(firmware, 'REFUND', amount);
  const pin = await enterPin(firmware, 'REFUND', amount);
  const original = { batch: UNKNOWN, stan: UNKNOWN, date, rrn };
  return transact(firmware, { kind: 'refund', ...presented, amount, pin, original });
}
