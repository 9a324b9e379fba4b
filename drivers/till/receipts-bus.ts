import type { DriverContext } from '../../rig/bench/planes.ts';
import type { Receipt } from '../../rig/model/receipt.ts';

/** @param again the till has asked for it, because the first one did not reach it */
export type ReceiptListener = (receipt: Receipt, at: number, again?: boolean) => void;

/** Receipts that a till was sent, for the printer plane that shows them. */
export interface TillReceipts {
  /** Whether somebody wants them: else the till lets the terminal print by itself. */
  readonly wanted: boolean;
  want(listener: ReceiptListener): void;
  publish: ReceiptListener;
  /** A receipt has begun and not ended. */
  underWay: boolean;
}

const buses = new WeakMap<DriverContext['recorder'], TillReceipts>();

/** The receipts of the till of this bench; till and printer plane of one bench have the same. */
export function tillReceipts({ recorder }: Pick<DriverContext, 'recorder'>): TillReceipts {
  let bus = buses.get(recorder);
  if (!bus) {
    const listeners: ReceiptListener[] = [];
    bus = {
      underWay: false,
      get wanted() {
        return listeners.length > 0;
      },
      want: (listener) => void listeners.push(listener),
      publish: (...told) => {
        for (const listener of listeners) listener(...told);
      },
    };
    buses.set(recorder, bus);
  }
  return bus;
}
