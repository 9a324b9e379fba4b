import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SerialPort } from 'serialport';

/** A serial port of this machine. */
export interface FoundPort {
  /** `/dev/ttyUSB0`; changes when things are plugged in another order. */
  readonly path: string;
  /** What a bench file should say: the by-id name, else the by-path name, else the path. */
  readonly stable: string;
  readonly vid?: string;
  readonly pid?: string;
  readonly serial?: string;
  readonly maker?: string;
  readonly product?: string;
  /** Where it hangs on USB: bus, ports and interface, `1-2.4:1.0`; stays the same while it stays in its socket. */
  readonly where?: string;
}

/** Folders that are read; tests give their own. */
export interface Roots {
  readonly sys: string;
  readonly dev: string;
}
export const LINUX: Roots = { sys: '/sys', dev: '/dev' };

/**
 * Serial ports with hardware behind them, as the kernel's own folders tell. Elsewhere than on Linux `serialport` is asked,
 * which here would ask `udevadm`: containers and small systems lack that, and it does not tell the place on USB.
 */
export async function findSerialPorts(): Promise<readonly FoundPort[]> {
  if (process.platform === 'linux') return portsInSys(LINUX);
  const ports = await SerialPort.list();
  return ports.map((port) => ({
    path: port.path,
    stable: port.path,
    ...given('vid', port.vendorId),
    ...given('pid', port.productId),
    ...given('serial', port.serialNumber),
    ...given('maker', port.manufacturer),
  }));
}

/** Virtual consoles: there are 64 of them, and nobody looks for a terminal there. */
const CONSOLE = /^(?:tty\d*|console|ptmx)$/;

/** The ports of `/sys/class/tty`: those with a device behind them that is a real UART or hangs on USB. */
export async function portsInSys(roots: Roots): Promise<readonly FoundPort[]> {
  const links = await linksOf(roots);
  const ports: FoundPort[] = [];
  for (const name of (await entries(join(roots.sys, 'class/tty'))).sort()) {
    if (CONSOLE.test(name)) continue;
    const device = await realpath(join(roots.sys, 'class/tty', name, 'device')).catch(() => undefined);
    if (!device) continue; // a pseudo-terminal
    const usb = await usbOf(device, roots.sys);
    // An UART of type 0 is a placeholder of the 8250 driver: nothing is there.
    if (!usb && (await text(join(roots.sys, 'class/tty', name, 'type'))) === '0') continue;
    const path = join(roots.dev, name);
    ports.push({ path, stable: links.get(path)?.[0] ?? path, ...usb });
  }
  return ports.map((port) => (hasTwin(port, ports) ? { ...port, stable: byPlace(port, links) } : port));
}

/** Another port with the same names: cheap adapters have no serial number, and udev's by-id name leads to either of them. */
const hasTwin = (port: FoundPort, ports: readonly FoundPort[]): boolean =>
  port.vid !== undefined &&
  ports.some(
    (other) =>
      other !== port &&
      other.vid === port.vid &&
      other.pid === port.pid &&
      other.serial === port.serial &&
      other.where?.split(':')[1] === port.where?.split(':')[1],
  );

const byPlace = (port: FoundPort, links: ReadonlyMap<string, readonly string[]>): string =>
  links.get(port.path)?.find((name) => name.includes('/by-path/')) ??
  (port.where === undefined ? port.path : `usb:${port.vid}:${port.pid}@${port.where}`);

/** Climbs from a tty's device to the USB device that carries it. */
async function usbOf(device: string, stop: string): Promise<Partial<FoundPort> | undefined> {
  let where = '';
  for (let folder = device; folder.startsWith(stop) && folder !== stop; folder = dirname(folder)) {
    if (/^\d+-[\d.]+:\d+\.\d+$/.test(basename(folder))) where = basename(folder);
    const vid = await text(join(folder, 'idVendor'));
    if (!vid) continue;
    return {
      vid,
      ...given('pid', await text(join(folder, 'idProduct'))),
      ...given('serial', await text(join(folder, 'serial'))),
      ...given('maker', await text(join(folder, 'manufacturer'))),
      ...given('product', await text(join(folder, 'product'))),
      ...given('where', where || undefined),
    };
  }
  return undefined;
}

/** Node path → its stable names, best first. A by-id name is worth more than a by-path one: it follows the device to another socket. */
async function linksOf(roots: Roots): Promise<ReadonlyMap<string, readonly string[]>> {
  const links = new Map<string, string[]>();
  for (const kind of ['by-id', 'by-path']) {
    const folder = join(roots.dev, 'serial', kind);
    for (const name of await entries(folder)) {
      const node = await realpath(join(folder, name)).catch(() => undefined);
      if (!node) continue;
      const path = join(roots.dev, basename(node));
      links.set(path, [...(links.get(path) ?? []), join(folder, name)]);
    }
  }
  return links;
}

const entries = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
const text = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').then(
    (content) => content.trim() || undefined,
    () => undefined,
  );
const given = <K extends string>(key: K, value: string | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };
