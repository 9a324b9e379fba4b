import type { ListEntry } from '../../rig/bench/manifest.ts';
import { usbNameOf } from '../transport/usb-name.ts';
import { type FoundPort, findSerialPorts } from './serial-ports.ts';
import { type FoundUsb, findUsbDevices, type UsbAnswer } from './usb-devices.ts';

/** `posrig list devices`: serial ports with what a bench file should say, then USB devices. */
export async function listDevices(): Promise<readonly ListEntry[]> {
  const [ports, usb] = await Promise.all([findSerialPorts(), findUsbDevices()]);
  return entriesOf(ports, usb);
}

/** The list as entries. What cannot be listed is said in an entry of its own, never left out silently. */
export function entriesOf(ports: readonly FoundPort[], usb: UsbAnswer): readonly ListEntry[] {
  const serial =
    ports.length > 0
      ? ports.map(portEntry)
      : [{ id: 'serial:none', title: 'No serial port with hardware behind it on this machine' }];
  if ('unavailable' in usb) {
    return [
      ...serial,
      { id: 'usb:none', title: `USB devices cannot be listed on this machine: ${usb.unavailable}` },
    ];
  }
  const devices = usb.devices.map(usbEntry);
  return [
    ...serial,
    ...(devices.length > 0 ? devices : [{ id: 'usb:none', title: 'No USB device is plugged in' }]),
  ];
}

const named = (device: { readonly maker?: string; readonly product?: string; readonly serial?: string }) =>
  [device.maker, device.product, device.serial].filter(Boolean).join(' ');

function portEntry(port: FoundPort): ListEntry {
  const ids = port.vid ? `${port.vid}:${port.pid ?? '?'}` : undefined;
  return {
    id: port.stable,
    title: `Serial port ${port.path}: ${named(port) || ids || 'built in'}`,
    details: {
      'bench file': `port: ${port.stable}`,
      path: port.path,
      ...(ids ? { 'vid:pid': ids } : {}),
      ...(port.serial ? { serial: port.serial } : {}),
      ...(port.where ? { 'USB name': usbNameOf(port) } : {}),
    },
  };
}

function usbEntry(device: FoundUsb): ListEntry {
  const ids = `${device.vid}:${device.pid}`;
  return {
    id: `usb:${device.where}`,
    title: `USB device ${ids}: ${named(device) || 'without a name'}`,
    details: {
      'vid:pid': ids,
      ...(device.serial ? { serial: device.serial } : {}),
      'USB name': usbNameOf(device),
    },
  };
}
