import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DriverContext, PowerPlane } from '../../rig/bench/planes.ts';
import { RigError } from '../../rig/model/errors.ts';
import { type ClaimedUsb, claimUsb } from '../transport/usb-device.ts';
import { isUsbName, matchesName, parseUsbName, usbNameOf } from '../transport/usb-name.ts';
import { type UsbInSys, usbInSys } from '../transport/usb-sys.ts';
import { commonOptions, switched } from './switched.ts';

const Name = (what: string) =>
  z.string().refine(isUsbName, 'a USB name, e.g. usb:2109:2817@1-1').describe(what);

/** Options of the driver `usb-hub` in a bench file. */
export const options = z.strictObject({
  hub: Name('USB name of the hub; best with its place'),
  'other-half': Name('the same hub as USB 3 sees it: both halves feed the port').optional(),
  port: z.int().min(1).max(31),
  device: Name('what hangs on that port; nothing is switched when anything else does'),
  ganged: z
    .boolean()
    .default(false)
    .describe('true: the hub has one switch for all ports, and everything on it may lose its power'),
  ...commonOptions,
});
export type UsbHubOptions = z.infer<typeof options>;

/** GET_DESCRIPTOR of a hub, USB 2.0 11.24.2.5 and USB 3.2 10.16.2.3. */
const GET_DESCRIPTOR = 6;
const DESCRIPTOR = { usb2: 0x2900, usb3: 0x2a00 } as const;
const LIMIT_WALL_MS = 5000;

/**
 * A port of a USB hub that really switches its supply. The kernel's hub driver makes the class requests (SET_FEATURE and
 * CLEAR_FEATURE of PORT_POWER, and GET_STATUS to read back) through the port's file `disable`, Linux 6.0 or newer: it then
 * knows that the port is off, which it would fight otherwise; and the `usb` package makes no requests to ports ("invalid
 * state" in 3.1). Before anything is switched the
 * device on that port must be the one that the bench file names: ports are renumbered when a hub is moved, and a wrong one
 * may feed the gantry. Errors: POWER_RELAY, TRANSPORT_OPEN.
 */
export async function open(options: UsbHubOptions, context: DriverContext): Promise<PowerPlane> {
  const names = [options.hub, ...(options['other-half'] === undefined ? [] : [options['other-half']])];
  const halves: Half[] = [];
  for (const name of names) halves.push(await openHalf(name, options));
  await mustHang(options, halves);
  const where = halves.map((half) => half.where).join(' and ');
  return switched(
    {
      what: `port ${options.port} of the USB hub at ${where}`,
      facts: { hub: where, port: String(options.port), device: options.device },
      async read() {
        const states = await Promise.all(halves.map((half) => half.powered()));
        return states.includes(true) ? 'on' : 'off';
      },
      async put(state) {
        if (state === 'off') await mustHang(options, halves);
        for (const half of halves) await half.power(state === 'on');
      },
      release: async () => {},
    },
    // What hangs on the port goes with its power, or the port does not switch: that is always looked at.
    { ...options, link: options.link ?? { seen: options.device, gone: 5000, back: 90_000 } },
    context,
  );
}

interface Half {
  readonly where: string;
  powered(): Promise<boolean>;
  power(on: boolean): Promise<void>;
}

async function openHalf(name: string, { port, ganged }: UsbHubOptions): Promise<Half> {
  const claimed = await claimUsb(name, 'USB hub');
  try {
    if (claimed.device.deviceClass !== 9)
      throw refused(`${name} is no hub`, 'Name the hub, not what hangs on it.');
    const descriptor = await hubDescriptor(claimed);
    const ports = descriptor.at(2) ?? 0;
    if (port > ports) throw refused(`the hub ${name} has ${ports} ports, not ${port}`, 'Correct `port`.');
    // wHubCharacteristics, bits 0 and 1: 0 all ports together, 1 each by itself, else none at all.
    const switching = (descriptor.at(3) ?? 0) & 0x03;
    if (switching > 1)
      throw refused(`the hub ${name} cannot switch its ports`, 'Use a hub that can, or a relay.');
    if (switching === 0 && !ganged)
      throw refused(
        `the hub ${name} switches all its ports together`,
        'Say `ganged: true` if nothing else hangs on it that must keep its power.',
      );
  } catch (error) {
    await claimed.release();
    throw error;
  }
  const { where } = claimed.facts;
  await claimed.release();
  return { where, ...portSwitch(where, port) };
}

/** The kernel's switch of a port. It reads the port's own status, not what was written. */
function portSwitch(where: string, port: number, sys = '/sys') {
  const file = join(sys, 'bus/usb/devices', `${where}:1.0`, `${portName(where)}-port${port}`, 'disable');
  const attempt = async <T>(act: Promise<T>): Promise<T> => {
    try {
      return await act;
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
      if (code === 'EACCES' || code === 'EPERM')
        throw refused(
          `this user may not switch the port (${file})`,
          'Install the udev rules: `posrig bench udev`.',
        );
      if (code === 'ENOENT')
        throw refused(`the kernel offers no switch for the port (${file})`, 'Linux 6.0 or newer is needed.');
      throw refused(
        `the port does not switch: ${cause instanceof Error ? cause.message : cause}`,
        'Unplug the hub and plug it in again.',
      );
    }
  };
  return {
    powered: async () => (await attempt(readFile(file, 'utf8'))).trim() === '0',
    power: (on: boolean) => attempt(writeFile(file, on ? '0' : '1')),
  };
}

/** A root hub's ports are named after its bus: `usb1-port2`. */
const portName = (where: string): string => (where.endsWith('-0') ? `usb${where.slice(0, -2)}` : where);

const isUsb3 = ({ device }: ClaimedUsb): boolean => (device.usbVersionMajor ?? 2) >= 3;

async function hubDescriptor(claimed: ClaimedUsb): Promise<Uint8Array> {
  const value = isUsb3(claimed) ? DESCRIPTOR.usb3 : DESCRIPTOR.usb2;
  const setup = {
    requestType: 'class',
    recipient: 'device',
    request: GET_DESCRIPTOR,
    value,
    index: 0,
  } as const;
  const { data } = await claimed.device.controlTransferIn(setup, 12, LIMIT_WALL_MS);
  if (!data || data.byteLength < 5)
    throw refused('the hub tells nothing of itself', 'Unplug it and plug it in again.');
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The device on that port of one of the halves is the one that was named. A port without power has none to look at. */
async function mustHang(options: UsbHubOptions, halves: readonly Half[]): Promise<void> {
  const states = await Promise.all(halves.map((half) => half.powered()));
  if (!states.includes(true)) return;
  const places = halves.map(({ where }) => childPlace(where, options.port));
  const there = (await usbInSys()).filter((device) => places.includes(device.where));
  const name = parseUsbName(options.device);
  if (there.some((device) => matchesName(name, device))) return;
  const found = there.map(describe).join(', ') || 'nothing';
  throw refused(
    `port ${options.port} of the hub is to feed ${options.device}, but ${found} hangs there`,
    'Correct `port` or `device`; `posrig list devices` shows the places.',
  );
}

/** Place of what hangs on a port: below a root hub the bus number and the port, below others one port more. */
export const childPlace = (hub: string, port: number): string =>
  hub.endsWith('-0') ? `${hub.slice(0, -1)}${port}` : `${hub}.${port}`;

const describe = (device: UsbInSys): string =>
  `${usbNameOf(device)}${device.product ? ` (${device.product})` : ''}`;

const refused = (message: string, hint: string): RigError =>
  new RigError('POWER_RELAY', 'bench', message, { hint });
