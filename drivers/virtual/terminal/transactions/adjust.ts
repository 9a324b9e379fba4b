import { maskPan } from '../../../../rig/model/card.ts';
import { takenUpBy } from '../batch.ts';
import { confirm, enterTip, enterVoucher, OperationEnds } from '../entry.ts';
import { type Firmware, settingsIn } from '../firmware.ts';
import { assertMayTransact } from '../online.ts';
import type { Screen } from '../screens.ts';
import * as screens from '../screens.ts';
import { storeAdjustment } from '../stored.ts';

/** Tip: added to a sale of the open batch after the guest has left; told to the acquirer by a notice. */
export async function adjust(firmware: Firmware): Promise<Screen> {
  const { flash, vault } = firmware;
  assertMayTransact(firmware);
  const stan = await enterVoucher(firmware, 'TIP');
  const found = takenUpBy('adjust', flash.memory, stan);
  if (typeof found === 'string') throw new OperationEnds(screens.notPossible(found));
  const pan = maskPan(vault.open(found.pan));
  await confirm(firmware, screens.confirmTransaction(`TIP FOR ${stan}`, found.amount, pan));
  const tip = await enterTip(firmware);
  const { tipPercent } = settingsIn(firmware);
  if (tipPercent !== undefined && tip * 100 > found.amount * tipPercent)
    throw new OperationEnds(screens.notPossible('TIP TOO HIGH'));
  return storeAdjustment(firmware, found, tip);
}
