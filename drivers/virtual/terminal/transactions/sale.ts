import { readCardOrKey } from '../card-reader.ts';
import { enterAmount, enterPin } from '../entry.ts';
import type { Firmware } from '../firmware.ts';
import { assertMayTransact, transact } from '../online.ts';
import type { Screen } from '../screens.ts';
import { saleByOwnCode } from './own-code.ts';

/**
 * Sale: amount, card, PIN, online. A cardholder who enters no PIN signs on the pad instead; who shows a payment code was
 * asked by the phone.
 */
export async function sale(firmware: Firmware): Promise<Screen> {
  assertMayTransact(firmware);
  const amount = await enterAmount(firmware, 'SALE');
  const presented = await readCardOrKey(firmware, 'SALE', amount);
  if (presented === 'own-code') return saleByOwnCode(firmware, amount);
  if (presented.entry === 'scan') return transact(firmware, { kind: 'sale', ...presented, amount, pin: '' });
  const pin = await enterPin(firmware, 'SALE', amount);
  return transact(firmware, { kind: 'sale', ...presented, amount, pin, signs: pin === '' });
}
