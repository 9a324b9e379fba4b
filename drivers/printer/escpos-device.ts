import { z } from 'zod';
import type { DriverContext, PrinterPlane } from '../../rig/bench/planes.ts';
import { RigError } from '../../rig/model/errors.ts';
import { teeInto } from '../transport/tee.ts';
import { openDevice } from './answering/device-file.ts';
import { capture, captureOptions, type PrinterPort } from './capture.ts';
import { withoutDots } from './dots-veil.ts';
import { withoutNumbers } from './number-veil.ts';

/** Options of the driver `escpos-device` in a bench file. */
export const options = z.strictObject({
  device: z
    .string()
    .min(1)
    .default('/dev/g_printer0')
    .describe('device file of a USB gadget that the terminal takes for its printer'),
  ...captureOptions,
});
export type EscPosDeviceOptions = z.infer<typeof options>;

/**
 * Captures what the terminal prints to a USB printer, where this machine is that printer (Linux gadget `g_printer`).
 * Errors: TRANSPORT_OPEN; TRANSPORT_LOST when the device goes.
 */
export async function open(options: EscPosDeviceOptions, context: DriverContext): Promise<PrinterPlane> {
  const tee = withoutNumbers(withoutDots(teeInto(context.recorder, 'printer', 'printer')), context.cards);
  const link = await openDevice(options.device);
  tee.link('open', link.from);
  let take: (chunk: Uint8Array) => void = () => {};
  let closing = false;
  let goOn = Promise.resolve();
  let release: () => void = () => {};
  const port: PrinterPort = {
    facts: { device: options.device },
    async write(bytes) {
      tee.bytes('out', bytes);
      link.write(bytes);
    },
    onData(listener) {
      take = listener;
      link.onData((chunk) => {
        tee.bytes('in', chunk);
        take(chunk);
        return goOn;
      });
    },
    async holdBack(on) {
      release();
      if (on)
        goOn = new Promise((resolve) => {
          release = resolve;
        });
    },
    closed: link.ended.then(() =>
      closing
        ? undefined
        : new RigError('TRANSPORT_LOST', 'bench', `the receipt printer on ${options.device} was lost`, {
            hint: 'Look whether the USB gadget is still loaded and the cable plugged in.',
          }),
    ),
    receiptOver: tee.receiptOver,
    async close() {
      closing = true;
      release();
      link.close();
      await link.ended;
      tee.link('closed');
    },
  };
  return capture(port, options, context);
}
