import { RigError } from '../../rig/model/errors.ts';
import { LINUX, portsInSys } from '../devices/serial-ports.ts';

/**
 * A name of a USB device that does not change with the order in which things are plugged in: what it is
 * (`usb:VID:PID`, `usb:VID:PID:SERIAL`), where it hangs (`usb:@1-2.4`, `usb:@1-2.4:1.2` for one interface of several), or
 * both (`usb:0403:6001@1-2.4`). In a serial number `@` and `%` are written as `%40` and `%25`.
 */
export interface UsbName {
  readonly vid?: string;
  readonly pid?: string;
  readonly serial?: string;
  /** Bus and ports, with or without an interface. */
  readonly where?: string;
}

/** What a device or port says of itself. */
export interface UsbFacts {
  readonly vid?: string;
  readonly pid?: string;
  readonly serial?: string;
  readonly where?: string;
}

/** How long a named device may take to appear, wall ms: boot loader, application, udev. */
const APPEAR_WALL_MS = 10_000;
const LOOK_EVERY_WALL_MS = 50;

const NAME = /^usb:(?:([0-9a-f]{4}):([0-9a-f]{4})(?::([^@]+))?)?(?:@(\d+-\d+(?:\.\d+)*(?::\d+\.\d+)?))?$/i;

/** Does a port of a bench file name a USB device? */
export const isUsbName = (text: string): boolean => text.startsWith('usb:');

/** Throws FILE_INVALID when it is no such name. */
export function parseUsbName(text: string): UsbName {
  const match = NAME.exec(text);
  const [, vid, pid, serial, where] = match ?? [];
  if (!match || (vid === undefined && where === undefined)) {
    throw new RigError('FILE_INVALID', 'file', `"${text}" names no USB device`, {
      hint: 'E.g. usb:1209:ac01, usb:1209:ac01:SERIAL, usb:@1-2.4, usb:0403:6001@1-2.4; `posrig list devices` shows them.',
    });
  }
  return {
    ...(vid === undefined || pid === undefined ? {} : { vid: vid.toLowerCase(), pid: pid.toLowerCase() }),
    ...(serial === undefined ? {} : { serial: decoded(serial) }),
    ...(where === undefined ? {} : { where }),
  };
}

/** The name of a device: by serial number when it has one, otherwise by its place. */
export function usbNameOf({ vid, pid, serial, where }: UsbFacts): string {
  const what = vid === undefined || pid === undefined ? '' : `${vid}:${pid}`;
  if (what && serial) return `usb:${what}:${serial.replaceAll('%', '%25').replaceAll('@', '%40')}`;
  return `usb:${what}${where === undefined ? '' : `@${where.replace(/:1\.0$/, '')}`}`;
}

export function matchesName(name: UsbName, facts: UsbFacts): boolean {
  if (name.vid !== undefined && (name.vid !== facts.vid || name.pid !== facts.pid)) return false;
  if (name.serial !== undefined && name.serial !== facts.serial) return false;
  return (
    name.where === undefined ||
    facts.where === name.where ||
    facts.where?.startsWith(`${name.where}:`) === true
  );
}

/**
 * The serial port that bears a name now, waited for while the device is away: one that comes back as another node, or
 * as another device after its boot loader, is found. Errors: TRANSPORT_OPEN when none or several bear it.
 */
export async function portNamed(
  text: string,
  what: string,
  find = () => portsInSys(LINUX),
  waitWallMs: number = APPEAR_WALL_MS,
): Promise<string> {
  const name = parseUsbName(text);
  const until = performance.now() + waitWallMs;
  for (;;) {
    const ports = await find();
    const [port, ...others] = ports.filter((each) => matchesName(name, each));
    if (port && others.length > 0) throw ambiguous(text, what, [port, ...others]);
    if (port) return port.path;
    if (performance.now() >= until) {
      const there = ports.filter((each) => each.vid !== undefined).map(usbNameOf);
      throw new RigError('TRANSPORT_OPEN', 'bench', `no serial port bears the name ${text} of the ${what}`, {
        hint:
          there.length > 0
            ? `There is: ${there.join(', ')}.`
            : 'No serial port hangs on USB; is it plugged in?',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_WALL_MS));
  }
}

/** Several devices bear a name that a bench file uses for one. */
export const ambiguous = (text: string, what: string, found: readonly UsbFacts[]): RigError =>
  new RigError('TRANSPORT_OPEN', 'bench', `${found.length} devices bear the name ${text} of the ${what}`, {
    hint: `Name its place, too: ${found.map(({ where = '' }) => `@${where}`).join(' or ')}.`,
  });

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
