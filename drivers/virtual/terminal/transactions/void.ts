import { maskPan } from '../../../../rig/model/card.ts';
import { voidableSale } from '../batch.ts';
import { readCard } from '../card-reader.ts';
import { confirm, enterPin, enterVoucher, OperationEnds } from '../entry.ts';
import type { Firmware } from '../firmware.ts';
import { assertMayTransact, transact } from '../online.ts';
import type { Screen } from '../screens.ts';
import * as screens from '../screens.ts';

/** Void: takes back a sale of the open batch, whole, with the card it was made with. */
export async function voidSale(firmware: Firmware): Promise<Screen> {
  const { flash, vault } = firmware;
  assertMayTransact(firmware);
  const stan = await enterVoucher(firmware);
  const found = voidableSale(flash.memory, stan);
  if (typeof found === 'string') throw new OperationEnds(screens.notPossible(found));
  const pan = vault.open(found.pan);
  await confirm(firmware, screens.confirmVoid(stan, found.amount, maskPan(pan)));
  const presented = await readCard(firmware, 'VOID', found.amount);
  if (presented.card.pan !== pan) throw new OperationEnds(screens.notPossible('ANOTHER CARD'));
  const pin = await enterPin(firmware, 'VOID', found.amount);
  const original = {
    batch: found.batch,
    stan,
    date: found.time.slice(4, 8),
    rrn: found.rrn,
    authCode: found.authCode,
  };
  return transact(firmware, 'VOID', { kind: 'void', ...presented, amount: found.amount, pin, original });
}
