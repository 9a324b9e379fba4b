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
}

/** Folders that are read; tests give their own. */
export interface Roots {
  readonly sys: string;
  readonly dev: string;
}
const LINUX: Roots = { sys: '/sys', dev: '/dev' };

/**
 * Serial ports with hardware behind them. `serialport` asks `udevadm`, which containers and small systems lack (it
 * rejects then); the kernel's own folders say the same.
 */
export async function findSerialPorts(): Promise<readonly FoundPort[]> {
  const links = await linksOf(LINUX);
  try {
    const ports = await SerialPort.list();
    return ports
      .filter((port) => port.vendorId !== undefined || !/\/ttyS\d+$/.test(port.path)) // every PC lists 4 to 32 empty ttyS
      .map((port) => ({
        path: port.path,
        stable: links.get(port.path) ?? port.path,
        ...given('vid', port.vendorId),
        ...given('pid', port.productId),
        ...given('serial', port.serialNumber),
        ...given('maker', port.manufacturer),
      }));
  } catch {
    return portsInSys(LINUX);
  }
}

/** The same from `/sys/class/tty`: ports with a device behind them that is a real UART or hangs on USB. */
export async function portsInSys(roots: Roots): Promise<readonly FoundPort[]> {
  const links = await linksOf(roots);
  const ports: FoundPort[] = [];
  for (const name of (await entries(join(roots.sys, 'class/tty'))).sort()) {
    const device = await realpath(join(roots.sys, 'class/tty', name, 'device')).catch(() => undefined);
    if (!device) continue; // a virtual console or pseudo-terminal
    const usb = await usbOf(device, roots.sys);
    // An UART of type 0 is a placeholder of the 8250 driver: nothing is there.
    if (!usb && (await text(join(roots.sys, 'class/tty', name, 'type'))) === '0') continue;
    if (!usb && /^tty\d*$/.test(name)) continue;
    const path = join(roots.dev, name);
    ports.push({ path, stable: links.get(path) ?? path, ...usb });
  }
  return ports;
}

/** Climbs from a tty's device to the USB device that carries it. */
async function usbOf(device: string, stop: string): Promise<Partial<FoundPort> | undefined> {
  for (let folder = device; folder.startsWith(stop) && folder !== stop; folder = dirname(folder)) {
    const vid = await text(join(folder, 'idVendor'));
    if (!vid) continue;
    return {
      vid,
      ...given('pid', await text(join(folder, 'idProduct'))),
      ...given('serial', await text(join(folder, 'serial'))),
      ...given('maker', await text(join(folder, 'manufacturer'))),
      ...given('product', await text(join(folder, 'product'))),
    };
  }
  return undefined;
}

/** Node path → its stable name. A by-id name is worth more than a by-path one: it follows the device to another socket. */
async function linksOf(roots: Roots): Promise<ReadonlyMap<string, string>> {
  const links = new Map<string, string>();
  for (const kind of ['by-path', 'by-id']) {
    const folder = join(roots.dev, 'serial', kind);
    for (const name of await entries(folder)) {
      const node = await realpath(join(folder, name)).catch(() => undefined);
      if (node) links.set(join(roots.dev, basename(node)), join(folder, name));
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
