import { type Firmware, settingsIn } from './firmware.ts';
import type { OwedSlip } from './memory.ts';
import type { Cause } from './printer-line.ts';
import { asRaster } from './raster.ts';
import type { Screen } from './screens.ts';
import * as screens from './screens.ts';
import { slipBytes } from './slips.ts';

/** How often a printer without paper is asked again (nominal ms). */
const PAPER_POLL = 2000;

/** What a person reads while the printer holds the line. */
const HELD: Readonly<Record<Cause, () => Screen>> = {
  cover: screens.printerCoverOpen,
  paper: screens.outOfPaper,
  trouble: screens.printerTooHot,
};

/** Waits for paper; false when the person gives up. A printer that does not answer is printed on anyway. */
async function paperReady({ printer, hands, show }: Firmware): Promise<boolean> {
  while ((await printer.paper()) === 'out') {
    show(screens.outOfPaper());
    const event = await hands.next(PAPER_POLL);
    if (event !== 'timeout' && event.type === 'key' && event.key === 'cancel') return false;
  }
  show(screens.printing());
  return true;
}

/** Prints one slip; false when it did not come out whole. */
export async function printSlip(
  firmware: Firmware,
  { subject, copy }: OwedSlip,
  duplicate: boolean,
): Promise<boolean> {
  firmware.show(screens.printing());
  const { setup, vault, defects, printer, rtc, paper } = firmware;
  const { merchantName } = settingsIn(firmware);
  const issuer = { ...setup, merchantName, vault, defects, now: rtc.stamp() };
  const bytes = slipBytes(issuer, subject, copy, duplicate);
  // A till without paper says so; then the terminal's own printer is the way out.
  if (paper && (await paper(bytes))) return true;
  if (!(await paperReady(firmware))) return false;
  return printer.send(setup.print === 'raster' ? asRaster(bytes) : bytes, (cause) =>
    firmware.show(cause === undefined ? screens.printing() : HELD[cause]()),
  );
}

/**
 * Prints the slips that are owed, one by one; each is struck off when its last byte has gone out, so that a slip torn by
 * a power cut is printed again, whole. False when some are still owed.
 */
export async function printOwedSlips(firmware: Firmware): Promise<boolean> {
  const { flash } = firmware;
  for (;;) {
    const [slip, ...rest] = flash.memory.owedSlips;
    if (!slip) return true;
    if (!(await printSlip(firmware, slip, false))) return false;
    flash.commit({ owedSlips: rest });
  }
}
