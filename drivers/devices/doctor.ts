import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import type { Capability } from '../../rig/bench/manifest.ts';
import { examineHost } from './host-rules.ts';
import { type FoundPort, findSerialPorts } from './serial-ports.ts';
import { findUsbDevices, tryHotPlug } from './usb-devices.ts';

/** What this machine can do with fixtures: ports, who may use them, USB, hot-plug. */
export async function examineDevices(): Promise<readonly Capability[]> {
  const ports = await findSerialPorts();
  // One after the other: the hot-plug check watches for errors of its own.
  return [
    serialPorts(ports),
    await portAccess(ports),
    await usb(),
    await hotPlug(),
    ...(process.platform === 'linux' ? await examineHost(ports) : []),
  ];
}

function serialPorts(ports: readonly FoundPort[]): Capability {
  return {
    id: 'serial-ports',
    title: 'Serial ports',
    state: ports.length > 0 ? 'ok' : 'limited',
    found: ports.length > 0 ? ports.map((port) => port.path).join(', ') : 'none with hardware behind it',
    purpose:
      'gantry, card actuator, power relay, screen reader and printer line of a real bench; not for the virtual one',
  };
}

async function portAccess(ports: readonly FoundPort[]): Promise<Capability> {
  const about = {
    id: 'port-access',
    title: 'Access to serial ports',
    purpose: 'opening the ports of a real bench without being root',
  };
  const closed: string[] = [];
  for (const { path } of ports) {
    await access(path, constants.R_OK | constants.W_OK).catch(() => closed.push(path));
  }
  const group = (await portGroups()).find((each) => each.name === 'dialout' || each.name === 'uucp');
  const member =
    process.getuid?.() === 0 || (group !== undefined && process.getgroups?.().includes(group.id) === true);
  if (closed.length === 0 && (ports.length > 0 || member)) {
    const how =
      process.getuid?.() === 0
        ? 'this user is root'
        : member
          ? `this user is in ${group?.name}`
          : 'ports are open';
    return { ...about, state: 'ok', found: how };
  }
  const name = group?.name ?? 'dialout';
  return {
    ...about,
    state: closed.length > 0 ? 'missing' : 'limited',
    found: closed.length > 0 ? `no access to ${closed.join(', ')}` : `this user is not in the group ${name}`,
    remedy: `sudo usermod -aG ${name} $USER   # then log in again`,
  };
}

async function portGroups(): Promise<readonly { readonly name: string; readonly id: number }[]> {
  const file = await readFile('/etc/group', 'utf8').catch(() => '');
  return file
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , id = '']) => ({ name, id: Number(id) }));
}

async function usb(): Promise<Capability> {
  const answer = await findUsbDevices();
  const about = {
    id: 'usb',
    title: 'USB',
    purpose: 'finding fixtures and terminals by vendor, product and serial number',
  };
  return 'unavailable' in answer
    ? { ...about, state: 'missing', found: answer.unavailable }
    : { ...about, state: 'ok', found: `${answer.devices.length} devices` };
}

async function hotPlug(): Promise<Capability> {
  const { works, found } = await tryHotPlug();
  return {
    id: 'usb-hot-plug',
    title: 'USB hot-plug events',
    state: works ? 'ok' : 'limited',
    found,
    purpose: 'noticing at once that a fixture was plugged in; an unplugged port is noticed without it',
    ...(works || found.startsWith('no USB') ? {} : { remedy: 'sudo apt-get install udev   # and start it' }),
  };
}
