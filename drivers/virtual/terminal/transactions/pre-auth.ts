import { readCard } from '../card-reader.ts';
import { enterAmount, enterPin } from '../entry.ts';
import type { Firmware } from '../firmware.ts';
import { enterHold } from '../hold.ts';
import { assertMayTransact, transact } from '../online.ts';
import type { Screen } from '../screens.ts';

/** Pre-authorisation: amount, card, PIN; the acquirer holds the money and moves none. */
export async function preAuth(firmware: Firmware): Promise<Screen> {
  assertMayTransact(firmware);
  const amount = await enterAmount(firmware, 'PRE-AUTH');
  const presented = await readCard(firmware, 'PRE-AUTH', amount);
  const pin = await enterPin(firmware, 'PRE-AUTH', amount);
  return transact(firmware, { kind: 'pre-auth', ...presented, amount, pin });
}

/** Void of a pre-authorisation: gives the whole hold back. It is named by authorisation code and date. */
export async function preAuthVoid(firmware: Firmware): Promise<Screen> {
  assertMayTransact(firmware);
  const original = await enterHold(firmware, 'PRE-AUTH VOID');
  const amount = await enterAmount(firmware, 'PRE-AUTH VOID');
  const presented = await readCard(firmware, 'PRE-AUTH VOID', amount);
  const pin = await enterPin(firmware, 'PRE-AUTH VOID', amount);
  return transact(firmware, { kind: 'pre-auth-void', ...presented, amount, pin, original });
}
