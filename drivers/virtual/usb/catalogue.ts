import { RigError } from '../../../rig/model/errors.ts';
import { openSerial } from '../../transport/serial.ts';
import { SPEED, type Speed } from './descriptors.ts';
import type { UsbModel } from './device.ts';
import { cdcAcm } from './models/cdc-acm.ts';
import { ftdi } from './models/ftdi.ts';
import { hidKeypad } from './models/hid-keypad.ts';
import { hidRelay } from './models/hid-relay.ts';
import { hub } from './models/hub.ts';
import type { ModelOptions } from './models/model-options.ts';
import { echo, flood, type SerialEnd, silent } from './models/serial-end.ts';

/** Virtual USB devices by name. */
const KINDS: Readonly<Record<string, (options: ModelOptions, end: SerialEnd) => UsbModel>> = {
  terminal: cdcAcm,
  ftdi,
  keypad: hidKeypad,
  relay: hidRelay,
  hub,
  'ganged-hub': (options) => hub({ ...options, ganged: true }),
};
export const KIND_NAMES = Object.keys(KINDS);

const ENDS: Readonly<Record<string, SerialEnd>> = { echo, silent, flood };

/**
 * A device from its description: a kind, then what is special, `terminal,serial=A-7,end=/dev/pts/4`.
 * Keys: vid and pid (hex), serial (empty: none), product, speed (low, full, high), end (echo, silent, flood, or a serial
 * port that the virtual cable leads to). Throws USAGE.
 */
export function modelFrom(description: string): UsbModel {
  const [kind = '', ...settings] = description.split(',');
  const make = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (!make) throw usage(`there is no virtual USB device "${kind}"`, `There is: ${KIND_NAMES.join(', ')}.`);
  let options: ModelOptions = {};
  let end = echo;
  for (const setting of settings) {
    const [key = '', value = ''] = [setting.split('=', 1)[0], setting.slice(setting.indexOf('=') + 1)];
    if (key === 'vid' || key === 'pid') options = { ...options, [key]: hexWord(key, value) };
    else if (key === 'serial' || key === 'product') options = { ...options, [key]: value };
    else if (key === 'speed' && Object.hasOwn(SPEED, value)) options = { ...options, speed: value as Speed };
    else if (key === 'end') end = endFrom(value);
    else
      throw usage(
        `"${setting}" is no setting of a virtual USB device`,
        'vid, pid, serial, product, speed, end.',
      );
  }
  return make(options, end);
}

function hexWord(key: string, text: string): number {
  if (/^[0-9a-f]{1,4}$/i.test(text)) return Number.parseInt(text, 16);
  throw usage(`${key}=${text} is no number of up to four hex digits`, 'Write it as lsusb does: vid=1209.');
}

function endFrom(text: string): SerialEnd {
  const named = Object.hasOwn(ENDS, text) ? ENDS[text] : undefined;
  if (named) return named;
  if (text.startsWith('/')) return portEnd(text);
  throw usage(
    `end=${text} is neither a path nor one of ${Object.keys(ENDS).join(', ')}`,
    'E.g. end=/dev/pts/4.',
  );
}

/** The cable leads to a serial port of this machine, opened while the cable is in. */
function portEnd(path: string): SerialEnd {
  const quiet = { bytes: () => {}, unseen: () => {}, withheld: () => {}, link: () => {} };
  let write = (_bytes: Uint8Array) => {};
  return {
    take: (bytes) => write(bytes),
    plugged(send) {
      const opening = openSerial({ path, baud: 115_200, what: 'virtual cable' }, quiet);
      opening.then(
        (port) => {
          port.onData(send);
          write = (bytes) => void port.write(bytes).catch(() => {});
        },
        (error: RigError) => process.stderr.write(`${error.message}\n`),
      );
      return () => {
        write = () => {};
        void opening.then((port) => port.close()).catch(() => {});
      };
    },
  };
}

const usage = (message: string, hint: string): RigError => new RigError('USAGE', 'file', message, { hint });
