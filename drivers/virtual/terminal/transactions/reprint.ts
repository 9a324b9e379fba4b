import { OperationEnds } from '../entry.ts';
import type { Firmware } from '../firmware.ts';
import type { SlipCopy } from '../memory.ts';
import { printSlip } from '../printing.ts';
import type { Screen } from '../screens.ts';
import * as screens from '../screens.ts';

/** Reprint: every copy of the last slip again, marked as a duplicate and otherwise the same. Nothing goes online. */
export async function reprint(firmware: Firmware): Promise<Screen> {
  const subject = firmware.flash.memory.lastSlip;
  if (!subject) throw new OperationEnds(screens.notPossible('NOTHING TO REPRINT'));
  const copies: readonly SlipCopy[] =
    subject.type === 'settlement' ? ['settlement'] : ['merchant', 'customer'];
  for (const copy of copies) {
    if (!(await printSlip(firmware, { subject, copy }, true)))
      throw new OperationEnds(screens.printerNotReady());
  }
  return screens.reprinted();
}
