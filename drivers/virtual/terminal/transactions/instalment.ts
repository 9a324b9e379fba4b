import { readCard } from '../card-reader.ts';
import { enterAmount, enterInstalments, enterPin } from '../entry.ts';
import type { Firmware } from '../firmware.ts';
import { assertMayTransact, transact } from '../online.ts';
import type { Screen } from '../screens.ts';

/** Instalment sale: the cardholder pays the issuer in parts, the merchant gets the whole; else like a sale. */
export async function instalment(firmware: Firmware): Promise<Screen> {
  assertMayTransact(firmware);
  const amount = await enterAmount(firmware, 'INSTALMENT');
  const instalments = await enterInstalments(firmware);
  const presented = await readCard(firmware, 'INSTALMENT', amount);
  const pin = await enterPin(firmware, 'INSTALMENT', amount);
  return transact(firmware, { kind: 'instalment', ...presented, amount, pin, instalments });
}
