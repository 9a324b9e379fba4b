import { enterAuthCode, enterDate } from './entry.ts';
import type { Firmware } from './firmware.ts';
import type { Original } from './messages.ts';

/** Batch and STAN of a hold that was made elsewhere or long ago. */
const UNKNOWN = '000000';

/**
 * Asks which pre-authorisation is meant: its authorisation code and date, as they stand on its slip. Batch and STAN go
 * along where this terminal made it and remembers.
 */
export async function enterHold(firmware: Firmware, title: string): Promise<Original> {
  const authCode = await enterAuthCode(firmware, title);
  const date = await enterDate(firmware, title);
  const known = firmware.flash.memory.holds.findLast((hold) => hold.authCode === authCode);
  const sendsCode = !firmware.defects.has('completion-without-hold') || title !== 'COMPLETION';
  return {
    batch: (sendsCode && known?.batch) || UNKNOWN,
    stan: (sendsCode && known?.stan) || UNKNOWN,
    date,
    rrn: '',
    ...(sendsCode && { authCode }),
  };
}
