import type { UsbModel } from '../device.ts';
import { identityFrom, type ModelOptions } from './model-options.ts';

const OK = new Uint8Array(0);
/** One feature report of eight bytes, vendor page. */
const REPORT = [
  ...[0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01, 0x15, 0x00, 0x26, 0xff, 0x00],
  ...[0x75, 0x08, 0x95, 0x08, 0x09, 0x00, 0xb2, 0x02, 0x01, 0xc0],
];
const HID_DESCRIPTOR = [9, 0x21, 0x11, 0x01, 0, 1, 0x22, REPORT.length, 0];

/**
 * The common HID relay board (16C0:05DF, product `USBRelay2`): a feature report of 8 bytes. Written `[FF n]` switches
 * channel n on, `[FD n]` off, FE and FC all of them; read, its first five bytes are the board's name and byte 7 is the
 * state, a bit a channel.
 */
export function hidRelay(
  options: ModelOptions & { readonly channels?: number },
): UsbModel & { state(): number } {
  const { channels = 2 } = options;
  const identity = identityFrom(
    { vid: 0x16c0, pid: 0x05df, product: `USBRelay${channels}`, serial: '', maker: 'www.dcttech.com' },
    options,
  );
  const name = new TextEncoder().encode('BITFT');
  let state = 0;
  const switched = (command: number, channel: number) => {
    const all = (1 << channels) - 1;
    const bit = channel >= 1 && channel <= channels ? 1 << (channel - 1) : 0;
    if (command === 0xff) state |= bit;
    else if (command === 0xfd) state &= ~bit;
    else if (command === 0xfe) state = all;
    else if (command === 0xfc) state = 0;
  };
  return {
    identity,
    interfaces: [
      {
        class: 3,
        subclass: 0,
        protocol: 0,
        extra: HID_DESCRIPTOR,
        endpoints: [{ address: 0x81, type: 'interrupt', packet: 8, interval: 4 }],
      },
    ],
    control({ type, request, value, index }, data) {
      if (type === 0x81 && request === 6 && (index & 0xff) === 0) {
        if (value >> 8 === 0x22) return Uint8Array.from(REPORT);
        if (value >> 8 === 0x21) return Uint8Array.from(HID_DESCRIPTOR);
        return undefined;
      }
      if ((type & 0x60) !== 0x20) return undefined;
      if (request === 0x01) return Uint8Array.from([...name, 0, 0, state]); // GET_REPORT
      if (request === 0x09) switched(data[0] ?? 0, data[1] ?? 0); // SET_REPORT
      return [0x09, 0x0a, 0x0b].includes(request) ? OK : undefined;
    },
    out: () => {},
    unplugged: () => {
      state = 0; // the board has no power of its own
    },
    state: () => state,
  };
}
