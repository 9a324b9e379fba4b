import { bulkPacket } from '../descriptors.ts';
import type { UsbModel, VirtualUsbDevice } from '../device.ts';
import { identityFrom, type ModelOptions } from './model-options.ts';

const KEYS = 1;
const OUT = 2;
const IN = 3;
const OK = new Uint8Array(0);

/** The boot keyboard of HID 1.11, appendix B.1: modifiers, reserved, six keys. */
const REPORT = [
  ...[0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7, 0x15, 0x00, 0x25, 0x01],
  ...[0x75, 0x01, 0x95, 0x08, 0x81, 0x02, 0x95, 0x01, 0x75, 0x08, 0x81, 0x01, 0x95, 0x06, 0x75, 0x08],
  ...[0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00, 0xc0],
];
const HID_DESCRIPTOR = [9, 0x21, 0x11, 0x01, 0, 1, 0x22, REPORT.length, 0];

/**
 * A PIN pad: a HID keyboard that types, beside a vendor interface with a bulk pair that echoes, as terminals with a
 * service port have. `type` presses and releases keys by their HID usage numbers.
 */
export function hidKeypad(options: ModelOptions): UsbModel & { type(usages: readonly number[]): void } {
  const identity = identityFrom({ pid: 0xac02, product: 'Virtual PIN pad', serial: 'PAD-0001' }, options);
  const packet = bulkPacket(identity.speed);
  let device: VirtualUsbDevice | undefined;
  return {
    identity,
    interfaces: [
      {
        class: 3,
        subclass: 1,
        protocol: 1,
        extra: HID_DESCRIPTOR,
        endpoints: [{ address: 0x80 | KEYS, type: 'interrupt', packet: 8, interval: 4 }],
      },
      {
        class: 0xff,
        subclass: 0,
        protocol: 0,
        endpoints: [
          { address: OUT, type: 'bulk', packet },
          { address: 0x80 | IN, type: 'bulk', packet },
        ],
      },
    ],
    control({ type, request, value, index }) {
      if (type === 0x81 && request === 6 && (index & 0xff) === 0) {
        if (value >> 8 === 0x22) return Uint8Array.from(REPORT);
        if (value >> 8 === 0x21) return Uint8Array.from(HID_DESCRIPTOR);
        return undefined;
      }
      if ((type & 0x60) !== 0x20) return undefined;
      if (request === 0x01) return new Uint8Array(8); // GET_REPORT
      return [0x09, 0x0a, 0x0b].includes(request) ? OK : undefined; // SET_REPORT, SET_IDLE, SET_PROTOCOL
    },
    out: (_endpoint, data) => device?.send(IN, data),
    plugged: (now) => {
      device = now;
    },
    type(usages) {
      for (const usage of usages) {
        device?.send(KEYS, Uint8Array.from([0, 0, usage, 0, 0, 0, 0, 0]));
        device?.send(KEYS, new Uint8Array(8));
      }
    },
  };
}
