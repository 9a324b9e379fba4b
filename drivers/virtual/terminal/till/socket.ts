import type { Firmware } from '../firmware.ts';
import { rowOf } from '../transaction-table.ts';
import { openHolds, tillTransaction } from './operation.ts';
import type { TillSocket } from './request.ts';

/** The till's socket of the terminal. @param firmware that of this power cycle; undefined while the power is off */
export function tillSocket(firmware: () => Firmware | undefined): TillSocket {
  return {
    get state() {
      const running = firmware();
      return running === undefined ? 'off' : running.desk.idle ? 'idle' : 'busy';
    },
    get cycle() {
      return firmware();
    },
    get signedOn() {
      return firmware()?.flash.memory.signedOn ?? false;
    },
    request: (request) => {
      const running = firmware();
      if (!running?.desk.idle) return false;
      running.desk.idle = false;
      running.hands.arrived({ type: 'till', request });
      return true;
    },
    cancel: () => firmware()?.hands.arrived({ type: 'key', key: 'cancel' }),
    bug: (id) => firmware()?.defects.has(id) ?? false,
    last: () => {
      const running = firmware();
      const subject = running?.flash.memory.lastSlip;
      return running && subject?.type === 'transaction'
        ? tillTransaction(subject.record, running.vault)
        : undefined;
    },
    batch: () => {
      const running = firmware();
      return (running?.flash.memory.transactions ?? []).flatMap((record) =>
        running ? [tillTransaction(record, running.vault)] : [],
      );
    },
    get identity() {
      const setup = firmware()?.setup;
      return setup && { terminalId: setup.terminalId, merchantId: setup.merchantId };
    },
    find: (digits) => {
      const running = firmware();
      const record = running?.flash.memory.transactions.findLast(({ stan }) => stan.endsWith(digits));
      return running && record && tillTransaction(record, running.vault);
    },
    holds: () => {
      const running = firmware();
      return running
        ? openHolds(running.flash.memory).map((hold) => tillTransaction(hold, running.vault))
        : [];
    },
    totals: () => {
      const made = firmware()?.flash.memory.transactions ?? [];
      const minor = made.reduce(
        (sum, { kind, amount }) => sum + (rowOf(kind).side === 'credit' ? -amount : amount),
        0,
      );
      return { count: made.length, minor, from: made[0]?.stan, to: made.at(-1)?.stan };
    },
  };
}
