import type { UsbModel, VirtualUsbDevice } from '../device.ts';
import { identityFrom, type ModelOptions } from './model-options.ts';
import { lineEnd, type SerialEnd } from './serial-end.ts';

const IN = 1;
const OUT = 2;
const PACKET = 64;
const OK = new Uint8Array(0);
/** Modem status: CTS, DSR, DCD on; then the line status: transmitter empty. Both lead every packet. */
const STATUS = [0xb1, 0x60];
/** Eighths of the divisor's fraction, by its code (Linux: drivers/usb/serial/ftdi_sio.c). */
const EIGHTHS = [0, 4, 2, 1, 3, 5, 6, 7];

/**
 * A cable with an FT232R: what Linux binds `ftdi_sio` to and calls /dev/ttyUSB. Every IN packet leads with two status
 * bytes; the latency timer (ms) can be set and read, as the kernel does.
 */
export function ftdi(options: ModelOptions, end: SerialEnd): UsbModel {
  const identity = identityFrom(
    {
      vid: 0x0403,
      pid: 0x6001,
      release: 0x0600,
      maker: 'FTDI',
      product: 'FT232R USB UART',
      serial: 'A1B2C3D4',
      speed: 'full',
    },
    options,
  );
  let device: VirtualUsbDevice | undefined;
  let latency = 16;
  let lines = { dtr: false, rts: false };
  const send = (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; at += PACKET - STATUS.length)
      device?.send(IN, Uint8Array.from([...STATUS, ...bytes.subarray(at, at + PACKET - STATUS.length)]));
  };
  const far = lineEnd({ ...end, flood: false }, send);
  return {
    identity,
    interfaces: [
      {
        class: 0xff,
        subclass: 0xff,
        protocol: 0xff,
        endpoints: [
          { address: 0x80 | IN, type: 'bulk', packet: PACKET },
          { address: OUT, type: 'bulk', packet: PACKET },
        ],
      },
    ],
    control({ request, value, index }) {
      switch (request) {
        case 1: // modem control: the high byte says which lines are meant
          lines = {
            dtr: (value & 0x100) === 0 ? lines.dtr : (value & 1) !== 0,
            rts: (value & 0x200) === 0 ? lines.rts : (value & 2) !== 0,
          };
          end.lines?.(lines);
          return OK;
        case 3:
          end.rate?.(baudOf(value, index));
          return OK;
        case 5:
          return Uint8Array.from(STATUS);
        case 9:
          latency = value & 0xff;
          return OK;
        case 10:
          return Uint8Array.from([latency]);
        case 0x90: // EEPROM word: erased
          return Uint8Array.from([0xff, 0xff]);
        case 0: // reset
        case 2: // flow control
        case 4: // data format
        case 6: // event character
        case 7: // error character
          return OK;
        default:
          return undefined;
      }
    },
    out: (_endpoint, data) => far.take(data),
    plugged(now) {
      device = now;
      far.plugged(now, IN);
      if (end.flood) now.source = floodOf(PACKET);
    },
    unplugged: far.unplugged,
  };
}

const floodOf = (packet: number) => {
  const piece = Uint8Array.from([...STATUS, ...Array.from({ length: packet - 2 }, (_, i) => 0x21 + i)]);
  return (endpoint: number) => (endpoint === IN ? piece : undefined);
};

/** Bits per second of a divisor of 3 MHz; 0 and 1 are 3 and 2 MBd. */
function baudOf(value: number, index: number): number {
  const whole = value & 0x3fff;
  if (whole === 0) return 3_000_000;
  if (whole === 1) return 2_000_000;
  const code = (value >> 14) | ((index & 1) << 2);
  return Math.round(3_000_000 / (whole + (EIGHTHS[code] ?? 0) / 8));
}
