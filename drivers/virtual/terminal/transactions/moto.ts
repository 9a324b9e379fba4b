import { maskPan } from '../../../../rig/model/card.ts';
import { confirm, enterAmount, enterExpiry, enterPan, OperationEnds } from '../entry.ts';
import { type Firmware, settingsIn } from '../firmware.ts';
import { assertMayTransact, transact } from '../online.ts';
import type { Screen } from '../screens.ts';
import * as screens from '../screens.ts';

/** Mail or telephone order: card number and expiry are typed, nobody is there to enter a PIN or to sign. */
export async function moto(firmware: Firmware): Promise<Screen> {
  assertMayTransact(firmware);
  if (!settingsIn(firmware).manualEntry) throw new OperationEnds(screens.notPossible('NO MANUAL ENTRY'));
  const pan = await enterPan(firmware);
  const expiry = await enterExpiry(firmware);
  const amount = await enterAmount(firmware, 'MAIL ORDER');
  await confirm(firmware, screens.confirmTransaction('MAIL ORDER', amount, maskPan(pan)));
  // What is typed says nothing of sequence number or service code.
  const card = { id: '', pan, expiry, sequence: '0', 'service-code': '000' };
  return transact(firmware, { kind: 'moto', card, entry: 'manual', amount, pin: '' });
}
