import { access } from 'node:fs/promises';

/** A USB device of this machine. */
export interface FoundUsb {
  /** Bus and port path, `1-2.4`: stays the same while the device stays in its socket. */
  readonly where: string;
  readonly vid: string;
  readonly pid: string;
  readonly serial?: string;
  readonly maker?: string;
  readonly product?: string;
}

export type UsbAnswer = { readonly devices: readonly FoundUsb[] } | { readonly unavailable: string };

/** USB devices through the `usb` package, or why they cannot be listed: on a machine without USB the package throws. */
export async function findUsbDevices(): Promise<UsbAnswer> {
  try {
    const { usb } = await import('usb');
    const devices = await usb.getDevices();
    return { devices: devices.map(describe) };
  } catch (error) {
    return { unavailable: error instanceof Error ? error.message : String(error) };
  }
}

type UsbDevice = Awaited<ReturnType<typeof import('usb')['usb']['getDevices']>>[number];

function describe(device: UsbDevice): FoundUsb {
  const hex = (value: number) => value.toString(16).padStart(4, '0');
  const { serialNumber, manufacturerName, productName } = device;
  return {
    where: `${Number(device.bus)}-${device.ports.length > 0 ? device.ports.join('.') : '0'}`,
    vid: hex(device.vendorId),
    pid: hex(device.productId),
    ...(serialNumber ? { serial: serialNumber } : {}),
    ...(manufacturerName ? { maker: manufacturerName } : {}),
    ...(productName ? { product: productName } : {}),
  };
}

/** How long a watcher is listened to before it counts as started, wall ms. */
const WATCH_WALL_MS = 200;

export interface HotPlug {
  readonly works: boolean;
  readonly found: string;
}

/**
 * Whether plugging and unplugging is told on this machine. The package's watcher needs USB and a running udev, which
 * announces devices after its rules have run; without udev no event ever comes. Where it cannot even start, the package
 * throws outside of any promise, so it is only tried when listing works.
 */
export async function tryHotPlug(): Promise<HotPlug> {
  const listed = await findUsbDevices();
  if ('unavailable' in listed) return { works: false, found: 'no USB on this machine' };
  const udev = await access('/run/udev/control').then(
    () => true,
    () => false,
  );
  if (!udev) return { works: false, found: 'USB, but no running udev: nothing would be told' };
  const { WebUSB } = await import('usb');
  const watcher = new WebUSB({ allowAllDevices: true });
  const listener = () => {};
  return new Promise((resolve) => {
    const settle = (answer: HotPlug) => {
      clearTimeout(timer);
      process.removeListener('uncaughtException', failed);
      resolve(answer);
    };
    const failed = (error: Error) =>
      settle({ works: false, found: `the watcher does not start: ${error.message}` });
    // The package throws from a timer if its watcher does not start.
    process.once('uncaughtException', failed);
    const timer = setTimeout(() => {
      watcher.removeEventListener('connect', listener);
      settle({ works: true, found: 'udev is running and the watcher starts' });
    }, WATCH_WALL_MS);
    watcher.addEventListener('connect', listener);
  });
}
