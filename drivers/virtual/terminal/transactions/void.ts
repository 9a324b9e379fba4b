import { maskPan } from '../../../../rig/model/card.ts';
import { takenUpBy } from '../batch.ts';
import { NO_CARD, readCard } from '../card-reader.ts';
import { confirm, enterPin, enterVoucher, OperationEnds } from '../entry.ts';
import type { Firmware } from '../firmware.ts';
import { assertMayTransact, transact } from '../online.ts';
import type { Screen } from '../screens.ts';
import * as screens from '../screens.ts';
import { rowOf } from '../transaction-table.ts';

/** Void: takes back a sale of the open batch, whole, with the card it was made with. */
export const voidSale = (firmware: Firmware): Promise<Screen> => takeBack(firmware, 'void');

/** Void of an online completion of the open batch; the hold stands again afterwards. */
export const completionVoid = (firmware: Firmware): Promise<Screen> => takeBack(firmware, 'completion-void');

async function takeBack(firmware: Firmware, kind: 'void' | 'completion-void'): Promise<Screen> {
  const { flash, vault } = firmware;
  const { title } = rowOf(kind);
  assertMayTransact(firmware);
  const stan = await enterVoucher(firmware, title);
  const found = takenUpBy(kind, flash.memory, stan);
  if (typeof found === 'string') throw new OperationEnds(screens.notPossible(found));
  const pan = vault.open(found.pan);
  await confirm(
    firmware,
    screens.confirmTransaction(`${kind === 'void' ? title : 'CP VOID'} ${stan}`, found.amount, maskPan(pan)),
  );
  // Who paid a code that this terminal showed has no card here; the money goes back to where it came from.
  const byOwnCode = found.entry === 'shown-code';
  const presented = byOwnCode
    ? { entry: found.entry, card: { ...NO_CARD, pan } }
    : await readCard(firmware, title, found.amount);
  if (presented.card.pan !== pan) throw new OperationEnds(screens.notPossible('ANOTHER CARD'));
  const pin = byOwnCode ? '' : await enterPin(firmware, title, found.amount);
  const original = {
    batch: found.batch,
    stan,
    date: found.time.slice(4, 8),
    rrn: found.rrn,
    authCode: found.authCode,
  };
  return transact(firmware, { kind, ...presented, amount: found.amount, pin, original });
}
