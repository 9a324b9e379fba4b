import type { Firmware } from '../firmware.ts';
import { tillTransaction } from './operation.ts';
import type { TillSocket } from './request.ts';

/** The till's socket of the terminal. @param firmware that of this power cycle; undefined while the power is off */
export function tillSocket(firmware: () => Firmware | undefined): TillSocket {
  return {
    get state() {
      const running = firmware();
      return running === undefined ? 'off' : running.desk.idle ? 'idle' : 'busy';
    },
    request: (request) => {
      const running = firmware();
      if (!running?.desk.idle) return false;
      running.desk.idle = false;
      running.hands.arrived({ type: 'till', request });
      return true;
    },
    cancel: () => firmware()?.hands.arrived({ type: 'key', key: 'cancel' }),
    last: () => {
      const running = firmware();
      const record = running?.flash.memory.transactions.at(-1);
      return running && record && tillTransaction(record, running.vault);
    },
    find: (digits) => {
      const running = firmware();
      const record = running?.flash.memory.transactions.findLast(({ stan }) => stan.endsWith(digits));
      return running && record && tillTransaction(record, running.vault);
    },
  };
}
