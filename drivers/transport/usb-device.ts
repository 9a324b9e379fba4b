import { RigError } from '../../rig/model/errors.ts';
import { ambiguous, matchesName, parseUsbName, type UsbFacts } from './usb-name.ts';

/** What is asked of a device, in the shape of WebUSB; the package's own types lean on the browser's, which Node lacks. */
export interface RawUsbDevice {
  readonly vendorId: number;
  readonly productId: number;
  readonly serialNumber?: string | null;
  readonly deviceClass: number;
  readonly usbVersionMajor?: number;
  readonly bus: string;
  readonly ports: readonly number[];
  readonly opened: boolean;
  readonly configuration?: { readonly interfaces: readonly RawUsbInterface[] };
  open(): Promise<void>;
  close(): Promise<void>;
  reset(): Promise<void>;
  claimInterface(interfaceNumber: number): Promise<void>;
  releaseInterface(interfaceNumber: number): Promise<void>;
  detachKernelDriver(interfaceNumber: number): Promise<void>;
  attachKernelDriver(interfaceNumber: number): Promise<void>;
  /** Rejects for a stall, a device that is gone, and when the time (wall ms) is up: then with the word "cancelled". */
  transferIn(endpoint: number, length: number, timeout: number): Promise<{ readonly data?: DataView }>;
  transferOut(
    endpoint: number,
    data: Uint8Array,
    timeout: number,
  ): Promise<{ readonly bytesWritten: number }>;
  controlTransferIn(
    setup: UsbRequest,
    length: number,
    timeout: number,
  ): Promise<{ readonly data?: DataView }>;
  controlTransferOut(
    setup: UsbRequest,
    data: Uint8Array,
    timeout: number,
  ): Promise<{ readonly bytesWritten: number }>;
}

export interface RawUsbInterface {
  readonly interfaceNumber: number;
  readonly alternate: {
    readonly interfaceClass: number;
    readonly endpoints: readonly {
      readonly endpointNumber: number;
      readonly direction: 'in' | 'out';
      readonly type: 'bulk' | 'interrupt' | 'isochronous';
    }[];
  };
}

export interface UsbRequest {
  readonly requestType: 'standard' | 'class' | 'vendor';
  readonly recipient: 'device' | 'interface' | 'endpoint' | 'other';
  readonly request: number;
  readonly value: number;
  readonly index: number;
}

export interface ClaimedUsb {
  readonly device: RawUsbDevice;
  readonly facts: UsbFacts & { readonly where: string };
  /** Gives the device back to the kernel's drivers. Idempotent, never rejects. */
  release(): Promise<void>;
}

/** udev gives a device to its group some time after it has appeared; until then opening is refused. Wall ms. */
const OPEN_TRIES_WALL_MS = 3000;

export const factsOf = (device: RawUsbDevice): UsbFacts & { readonly where: string } => ({
  vid: hex(device.vendorId),
  pid: hex(device.productId),
  // `bus` is text with leading zeros here, a number without in names.
  where: `${Number(device.bus)}-${device.ports.length > 0 ? device.ports.join('.') : '0'}`,
  ...(device.serialNumber ? { serial: device.serialNumber } : {}),
});
const hex = (value: number) => value.toString(16).padStart(4, '0');

/** The one device that bears a name (usb-name.ts). Errors: TRANSPORT_OPEN when none or several do, or USB cannot be listed. */
export async function findUsb(name: string, what: string): Promise<RawUsbDevice> {
  const wanted = parseUsbName(name);
  const devices = await usbDevices(what);
  const [found, ...others] = devices.filter((device) => matchesName(wanted, factsOf(device)));
  if (!found) {
    throw new RigError('TRANSPORT_OPEN', 'bench', `no USB device bears the name ${name} of the ${what}`, {
      hint: 'Is it plugged in? `posrig list devices` shows what is there.',
    });
  }
  if (others.length > 0) throw ambiguous(name, what, [found, ...others].map(factsOf));
  return found;
}

async function usbDevices(what: string): Promise<readonly RawUsbDevice[]> {
  try {
    const { usb } = await import('usb');
    return (await usb.getDevices()) as unknown as readonly RawUsbDevice[];
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new RigError(
      'TRANSPORT_OPEN',
      'bench',
      `the ${what} hangs on USB, which cannot be used here: ${text}`,
      {
        cause,
        hint: 'See `posrig doctor`.',
      },
    );
  }
}

/**
 * Opens a device and claims an interface of it, away from the kernel's driver if one has it; undefined claims none, which is
 * enough for requests to the device itself. Errors: TRANSPORT_OPEN.
 */
export async function claimUsb(name: string, what: string, interfaceNumber?: number): Promise<ClaimedUsb> {
  const device = await findUsb(name, what);
  let detached = false;
  try {
    await openPatiently(device);
    if (interfaceNumber !== undefined) {
      detached = await device.detachKernelDriver(interfaceNumber).then(
        () => true,
        () => false, // none had it
      );
      await device.claimInterface(interfaceNumber);
    }
  } catch (cause) {
    if (device.opened) await ifPossible(() => device.close());
    throw notOpened(name, what, cause);
  }
  let releasing: Promise<void> | undefined;
  const release = async () => {
    if (interfaceNumber !== undefined) {
      await ifPossible(() => device.releaseInterface(interfaceNumber));
      if (detached) await ifPossible(() => device.attachKernelDriver(interfaceNumber));
    }
    await ifPossible(() => device.close());
  };
  return {
    device,
    facts: factsOf(device),
    release() {
      releasing ??= release();
      return releasing;
    },
  };
}

/** A device that is gone can neither be released nor closed; the package then rejects, or throws at once. */
async function ifPossible(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch {
    // Gone.
  }
}

async function openPatiently(device: RawUsbDevice): Promise<void> {
  const until = performance.now() + OPEN_TRIES_WALL_MS;
  for (;;) {
    try {
      return await device.open();
    } catch (error) {
      if (!/permission|errno 13/i.test(String(error)) || performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function notOpened(name: string, what: string, cause: unknown): RigError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const hint = /permission|errno 13/i.test(text)
    ? 'Install the udev rules (`posrig bench udev`) and log in again.'
    : /busy|errno 16/i.test(text)
      ? 'Another program uses it; close that.'
      : 'Unplug it and plug it in again.';
  return new RigError('TRANSPORT_OPEN', 'bench', `the ${what} (${name}) cannot be opened: ${text}`, {
    cause,
    hint,
  });
}
