import { RigError } from '../../../rig/model/errors.ts';
import { parseDuration } from '../../../rig/model/time.ts';
import { isPrinterFault, PRINTER_FAULTS } from './condition.ts';
import type { PlannedFault } from './printer.ts';

/**
 * A fault as written on the command line: `paper-out`, `paper-out@12` (when twelve lines of a receipt are printed),
 * `cover-open/5s` (for five seconds), `overheated@3/2s`. Errors: USAGE.
 */
export function parseFault(text: string): PlannedFault {
  const match = /^([a-z-]+)(?:@(\d+))?(?:\/(.+))?$/.exec(text.trim());
  const [, name = '', line, time] = match ?? [];
  const lasts = time === undefined ? undefined : parseDuration(time);
  if (!match || !isPrinterFault(name) || (time !== undefined && lasts === undefined)) {
    throw new RigError('USAGE', 'file', `--fault ${text} is not a fault of a printer`, {
      hint: `Write one of ${Object.keys(PRINTER_FAULTS).join(', ')}; then @LINE and /DURATION if you like: paper-out@12/5s.`,
    });
  }
  return {
    fault: name,
    ...(line === undefined ? {} : { atLine: Number(line) }),
    ...(lasts === undefined ? {} : { for: lasts }),
  };
}
