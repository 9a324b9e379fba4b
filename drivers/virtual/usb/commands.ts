import { RigError } from '../../../rig/model/errors.ts';
import type { UsbModel, VirtualUsbDevice } from './device.ts';

/** A device with its cable. */
export interface Cabled {
  readonly busId: string;
  readonly device: VirtualUsbDevice;
  plug(): Promise<string>;
  unplug(): Promise<string>;
}

/** Commands that `posrig virtual-usb` takes on its standard input, one a line, each answered by one line. */
export const COMMANDS = `add <description>    plug in one more device; the answer is its id
remove <id>          pull its cable for good
plug <id>            put the cable in
unplug <id>          pull it
deaf <id>            take no more bytes: the host's writes wait
hear <id>            take them again
halt <id> <hex>      halt an endpoint (81 = IN 1) until the host clears it
type <id> <n…>       type keys on a keypad, by their HID usage numbers
state <id>           the channels of a relay board that are on, as a number`;

/** The devices that are served. */
export interface Bus {
  find(busId: string): Cabled | undefined;
  /** Serves a device and puts its cable in. Throws USAGE. */
  add(description: string): Promise<Cabled>;
  remove(busId: string): void;
}

/** Does what a line says and returns the answer. Throws USAGE. */
export async function obey(line: string, bus: Bus): Promise<string> {
  const [command = '', busId = '', ...rest] = line.trim().split(/\s+/);
  if (command === 'add') return (await bus.add(line.trim().slice('add'.length).trim())).busId;
  const target = bus.find(busId);
  if (!target) throw usage(`there is no device "${busId}"`);
  const { device } = target;
  const model: UsbModel & { type?: (keys: readonly number[]) => void; state?: () => number } = device.model;
  switch (command) {
    case 'plug':
      return target.plug();
    case 'unplug':
      return target.unplug();
    case 'remove':
      await target.unplug();
      bus.remove(busId);
      return '';
    case 'deaf':
      device.deaf = true;
      return '';
    case 'hear':
      device.hear();
      return '';
    case 'halt':
      device.halt(Number.parseInt(rest[0] ?? '', 16) & 0xff);
      return '';
    case 'type':
      if (!model.type) throw usage(`${busId} has no keys`);
      model.type(rest.map(Number));
      return '';
    case 'state':
      if (!model.state) throw usage(`${busId} has no state`);
      return String(model.state());
    default:
      throw usage(`there is no command "${command}"`);
  }
}

const usage = (message: string): RigError =>
  new RigError('USAGE', 'file', message, { hint: `Commands:\n${COMMANDS}` });
