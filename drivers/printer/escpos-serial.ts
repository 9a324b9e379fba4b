import { z } from 'zod';
import type { DriverContext, PrinterPlane } from '../../rig/bench/planes.ts';
import { openPort } from '../transport/open-port.ts';
import { teeInto } from '../transport/tee.ts';
import { capture, captureOptions } from './capture.ts';
import { withoutDots } from './dots-veil.ts';
import { withoutNumbers } from './number-veil.ts';

/** Options of the driver `escpos-serial` in a bench file. */
export const options = z.strictObject({
  port: z.string().min(1).describe("serial port in the place of the terminal's receipt printer"),
  baud: z.int().min(1200).max(4_000_000).default(9600),
  ...captureOptions,
});
export type EscPosSerialOptions = z.infer<typeof options>;

const XON = Uint8Array.of(0x11);
const XOFF = Uint8Array.of(0x13);

/** Captures what the terminal prints on a serial line, in its printer's place. Errors: those of the serial port. */
export async function open(options: EscPosSerialOptions, context: DriverContext): Promise<PrinterPlane> {
  const tee = withoutNumbers(withoutDots(teeInto(context.recorder, 'printer', 'printer')), context.cards);
  const stream = await openPort({ path: options.port, baud: options.baud, what: 'receipt printer' }, tee);
  const port = {
    facts: { port: stream.path, baud: String(options.baud) },
    write: stream.write,
    onData: stream.onData,
    holdBack: (on: boolean) => stream.write(on ? XOFF : XON),
    closed: stream.closed,
    receiptOver: tee.receiptOver,
    close: () => stream.close(),
  };
  return capture(port, options, context);
}
