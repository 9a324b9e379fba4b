import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Capability } from '../../rig/bench/manifest.ts';
import { packaged } from '../../rig/model/package-root.ts';
import type { FoundPort } from './serial-ports.ts';

/** Where this machine keeps what is looked at; tests give their own. */
export interface HostRoots {
  readonly sys: string;
  readonly proc: string;
  readonly rules: readonly string[];
}
const LINUX: HostRoots = {
  sys: '/sys',
  proc: '/proc',
  rules: ['/etc/udev/rules.d', '/run/udev/rules.d', '/usr/lib/udev/rules.d', '/lib/udev/rules.d'],
};

/** The rules file that ships. */
export const UDEV_RULES = packaged('drivers/devices/udev/70-posrig.rules');
const INSTALL =
  'posrig bench udev | sudo tee /etc/udev/rules.d/70-posrig.rules && sudo udevadm control --reload && sudo udevadm trigger';

/** What of this machine gets in the way of fixtures: other programs on their ports, power saving, chips that wait. */
export async function examineHost(
  ports: readonly FoundPort[],
  roots: HostRoots = LINUX,
): Promise<readonly Capability[]> {
  const [running, rules] = await Promise.all([processes(roots), ruleFiles(roots)]);
  const ruled = rules.some((name) => name.includes('posrig'));
  return [
    modemManager(running, ruled),
    brltty(running, rules, ports),
    await autosuspend(ports, roots),
    await latency(roots),
  ];
}

function modemManager(running: ReadonlySet<string>, ruled: boolean): Capability {
  const about = {
    id: 'modem-manager',
    title: 'ModemManager',
    purpose: 'nobody but the rig may write to a port: AT commands are input to a terminal',
  };
  if (!running.has('ModemManager')) return { ...about, state: 'ok', found: 'not running' };
  if (ruled) return { ...about, state: 'ok', found: 'running, told by the udev rules to leave ports alone' };
  return { ...about, state: 'limited', found: 'running, and tries every new port', remedy: INSTALL };
}

/** Chips that brltty takes for Braille displays: CH340 and CP210x. */
const TAKEN: readonly string[] = ['1a86:7523', '10c4:ea60'];

function brltty(
  running: ReadonlySet<string>,
  rules: readonly string[],
  ports: readonly FoundPort[],
): Capability {
  const about = {
    id: 'brltty',
    title: 'brltty',
    purpose: 'adapters with CH340 or CP210x chips keep their ports',
  };
  const there = running.has('brltty') || rules.some((name) => name.includes('brltty'));
  if (!there) return { ...about, state: 'ok', found: 'not installed' };
  const taken = ports.some((port) => TAKEN.includes(`${port.vid}:${port.pid}`));
  return {
    ...about,
    state: taken ? 'missing' : 'limited',
    found: 'installed: it takes such adapters for Braille displays, and their ports vanish',
    remedy: 'sudo apt-get remove brltty   # unless somebody at this machine reads Braille',
  };
}

async function autosuspend(ports: readonly FoundPort[], { sys }: HostRoots): Promise<Capability> {
  const about = {
    id: 'usb-autosuspend',
    title: 'USB power saving',
    purpose: 'ports that are not put to sleep lose no bytes',
  };
  const sleepy: string[] = [];
  for (const { path, where = '' } of ports) {
    const device = where.split(':')[0];
    if (!device) continue;
    const control = await text(join(sys, 'bus/usb/devices', device, 'power/control'));
    if (control === 'auto') sleepy.push(path);
  }
  if (sleepy.length === 0) return { ...about, state: 'ok', found: 'off for all serial ports' };
  return { ...about, state: 'limited', found: `on for ${sleepy.join(', ')}`, remedy: INSTALL };
}

/** The longest that an FTDI chip may keep bytes back, ms. */
const SHORT_MS = 2;

async function latency({ sys }: HostRoots): Promise<Capability> {
  const about = {
    id: 'ftdi-latency',
    title: 'FTDI latency timer',
    purpose: 'short answers come at once, not with the next full packet',
  };
  const folder = join(sys, 'bus/usb-serial/devices');
  const slow: string[] = [];
  let chips = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    const ms = Number((await text(join(folder, name, 'latency_timer'))) ?? Number.NaN);
    if (Number.isNaN(ms)) continue;
    chips++;
    if (ms > SHORT_MS) slow.push(`${name} ${ms} ms`);
  }
  if (slow.length > 0) return { ...about, state: 'limited', found: slow.join(', '), remedy: INSTALL };
  return { ...about, state: 'ok', found: chips > 0 ? 'short on all FTDI ports' : 'no FTDI port here' };
}

/** Names of running programs. */
async function processes({ proc }: HostRoots): Promise<ReadonlySet<string>> {
  const ids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const names = await Promise.all(ids.map((id) => text(join(proc, id, 'comm'))));
  return new Set(names.flatMap((name) => name ?? []));
}

async function ruleFiles({ rules }: HostRoots): Promise<readonly string[]> {
  const folders = new Set(await Promise.all(rules.map((folder) => realpath(folder).catch(() => folder))));
  const names = await Promise.all([...folders].map((folder) => readdir(folder).catch(() => [])));
  return names.flat();
}

const text = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').then(
    (content) => content.trim(),
    () => undefined,
  );
