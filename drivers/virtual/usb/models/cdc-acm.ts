import { bulkPacket } from '../descriptors.ts';
import type { UsbModel, VirtualUsbDevice } from '../device.ts';
import { identityFrom, type ModelOptions } from './model-options.ts';
import { lineEnd, type SerialEnd } from './serial-end.ts';

const NOTIFY = 1;
const OUT = 2;
const IN = 3;
const OK = new Uint8Array(0);

/**
 * A terminal with a CDC-ACM port (USB CDC 1.1, PSTN 1.2): what Linux binds `cdc_acm` to and calls /dev/ttyACM. The host's
 * line coding and line state are told; serial state can be sent back.
 */
export function cdcAcm(options: ModelOptions, end: SerialEnd): UsbModel {
  const identity = identityFrom(
    { pid: 0xac01, class: 2, product: 'Virtual POS terminal', serial: 'POS-0001' },
    options,
  );
  const packet = bulkPacket(identity.speed);
  let coding: Uint8Array = Uint8Array.from([0x00, 0xc2, 0x01, 0x00, 0, 0, 8]); // 115200 8N1
  let device: VirtualUsbDevice | undefined;
  const far = lineEnd(end, (bytes) => device?.send(IN, bytes));
  return {
    identity,
    interfaces: [
      {
        class: 2,
        subclass: 2,
        protocol: 1,
        // Header, call management, ACM (line coding and break), union of the two interfaces.
        extra: [5, 0x24, 0, 0x10, 0x01, 5, 0x24, 1, 0, 1, 4, 0x24, 2, 6, 5, 0x24, 6, 0, 1],
        endpoints: [{ address: 0x80 | NOTIFY, type: 'interrupt', packet: 16, interval: 8 }],
      },
      {
        class: 0x0a,
        subclass: 0,
        protocol: 0,
        endpoints: [
          { address: OUT, type: 'bulk', packet },
          { address: 0x80 | IN, type: 'bulk', packet },
        ],
      },
    ],
    control({ request, value }, data) {
      switch (request) {
        case 0x20: // SET_LINE_CODING
          if (data.length !== 7) return undefined;
          coding = data;
          end.rate?.(new DataView(data.buffer, data.byteOffset).getUint32(0, true));
          return OK;
        case 0x21: // GET_LINE_CODING
          return coding;
        case 0x22: // SET_CONTROL_LINE_STATE
          end.lines?.({ dtr: (value & 1) !== 0, rts: (value & 2) !== 0 });
          return OK;
        case 0x23: // SEND_BREAK
          return OK;
        default:
          return undefined;
      }
    },
    out: (_endpoint, data) => far.take(data),
    plugged(now) {
      device = now;
      far.plugged(now, IN);
    },
    unplugged: far.unplugged,
  };
}
