import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { UsbFacts } from './usb-name.ts';

/** A USB device as the kernel's own folders tell; needs no right to open it. */
export interface UsbInSys extends UsbFacts {
  readonly where: string;
  readonly product?: string;
  /** Class code; 9 is a hub. */
  readonly class: number;
}

/** USB devices of this machine, hubs and root hubs too; none where there is no USB. */
export async function usbInSys(root = '/sys'): Promise<readonly UsbInSys[]> {
  const folder = join(root, 'bus/usb/devices');
  const names = await readdir(folder).catch(() => []);
  const found: UsbInSys[] = [];
  for (const name of names.sort()) {
    const text = (file: string) =>
      readFile(join(folder, name, file), 'utf8').then(
        (content) => content.trim() || undefined,
        () => undefined, // interfaces have no such file; a device may go while it is looked at
      );
    const [vid, pid] = [await text('idVendor'), await text('idProduct')];
    if (vid === undefined || pid === undefined) continue;
    const [serial, product] = [await text('serial'), await text('product')];
    found.push({
      where: name.replace(/^usb(\d+)$/, '$1-0'),
      vid,
      pid,
      class: Number.parseInt((await text('bDeviceClass')) ?? '0', 16),
      ...(serial === undefined ? {} : { serial }),
      ...(product === undefined ? {} : { product }),
    });
  }
  return found;
}
