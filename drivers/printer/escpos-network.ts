import { z } from 'zod';
import type { DriverContext, PrinterPlane } from '../../rig/bench/planes.ts';
import type { RigError } from '../../rig/model/errors.ts';
import { teeInto } from '../transport/tee.ts';
import { type Link, listen, listenAddress } from './answering/listener.ts';
import { capture, captureOptions, type PrinterPort } from './capture.ts';
import { withoutDots } from './dots-veil.ts';
import { withoutNumbers } from './number-veil.ts';

/** Options of the driver `escpos-network` in a bench file. */
export const options = z.strictObject({
  listen: z
    .string()
    .min(1)
    .default('0.0.0.0:9100')
    .describe("address and port that the terminal is told to be its printer's"),
  ...captureOptions,
});
export type EscPosNetworkOptions = z.infer<typeof options>;

/**
 * Captures what the terminal prints to a network printer (port 9100), in that printer's place. Terminals connect for every
 * receipt or stay connected; what several senders print at the same time cannot be told apart. Errors: TRANSPORT_OPEN.
 */
export async function open(options: EscPosNetworkOptions, context: DriverContext): Promise<PrinterPlane> {
  const tee = withoutNumbers(withoutDots(teeInto(context.recorder, 'printer', 'printer')), context.cards);
  const links = new Set<Link>();
  let take: (chunk: Uint8Array) => void = () => {};
  let over: (error: RigError | undefined) => void = () => {};
  const closed = new Promise<RigError | undefined>((resolve) => {
    over = resolve;
  });
  /** Resolves when senders may go on: while they may not, nothing more is read, and their window closes. */
  let goOn = Promise.resolve();
  let release: () => void = () => {};

  const listening = await listen(listenAddress(options.listen), (link) => {
    links.add(link);
    tee.link('open', link.from);
    void link.ended.then(() => {
      links.delete(link);
      tee.link('closed', link.from);
    });
    link.onData((chunk) => {
      tee.bytes('in', chunk);
      take(chunk);
      return goOn;
    });
  });
  const port: PrinterPort = {
    facts: { address: listening.address },
    async write(bytes) {
      tee.bytes('out', bytes);
      for (const link of links) link.write(bytes);
    },
    onData(listener) {
      take = listener;
    },
    async holdBack(on) {
      release();
      if (on)
        goOn = new Promise((resolve) => {
          release = resolve;
        });
    },
    closed,
    receiptOver: tee.receiptOver,
    async close() {
      release();
      await listening.close();
      over(undefined);
    },
  };
  return capture(port, options, context);
}
