import { z } from 'zod';
import type { CapturedSlip, DriverContext, PrinterPlane } from '../../rig/bench/planes.ts';
import { RigError } from '../../rig/model/errors.ts';
import { recordSlip } from '../printer/record-slip.ts';
import { tillReceipts } from './receipts-bus.ts';

/** The driver `till-receipts` has no options: its receipts come with the till of the same bench. */
export const options = z.strictObject({});

/** Receipts that come to the till need a till. */
export const besides = (_: unknown, { till }: { readonly till?: string }): string | undefined =>
  till === undefined
    ? 'the bench has no till plane, to which the receipts of the printer driver till-receipts come'
    : undefined;

/**
 * The printer plane of a terminal without a printer: its receipts are texts that it sends to its till. The till of the bench
 * asks for them when this plane is there.
 */
export async function open(_: z.infer<typeof options>, context: DriverContext): Promise<PrinterPlane> {
  const slips: CapturedSlip[] = [];
  const listeners = new Set<(slip: CapturedSlip) => void>();
  const bus = tillReceipts(context);
  bus.want((receipt, at, again = false) => {
    const read = recordSlip({ receipt, at, source: 'till', number: slips.length + 1 }, context);
    const slip: CapturedSlip = again ? { ...read, again } : read;
    slips.push(slip);
    for (const listener of listeners) listener(slip);
  });
  return {
    facts: {},
    captures: 'ordered',
    slips: () => slips,
    printing: () => bus.underWay,
    onSlip: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    hold: async () => {
      throw new RigError('PLANE_MISSING', 'bench', 'a receipt that goes to the till cannot be held back', {
        hint: 'Scenarios that interrupt the printing need a bench that captures the printer.',
      });
    },
    close: async () => {},
  };
}
