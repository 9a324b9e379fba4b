import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isRigError } from '../../../rig/model/errors.ts';
import { EXIT } from '../../../rig/model/verdict.ts';
import { type AttachedUsb, attachUsb } from './attach.ts';
import { modelFrom } from './catalogue.ts';
import { type Bus, type Cabled, obey } from './commands.ts';
import type { UsbModel } from './device.ts';
import { exportUsb, type UsbExporter, type Where } from './exporter.ts';

export interface VirtualUsbOptions {
  readonly device?: readonly string[];
  readonly listen?: string;
  readonly attach?: boolean;
  readonly json?: boolean;
}

/**
 * `posrig virtual-usb`: serves virtual USB devices over USB/IP until standard input ends or a signal comes, and attaches
 * them to this machine's kernel when asked. Returns the exit code.
 */
export async function virtualUsb(options: VirtualUsbOptions): Promise<number> {
  const models = (options.device ?? []).map(modelFrom);
  const folder = await mkdtemp(join(tmpdir(), 'posrig-usb-'));
  const exporter = await exportUsb(whereOf(options.listen, folder));
  const cables = new Map<string, Cabled>();
  let served = 0;
  const add = async (model: UsbModel): Promise<Cabled> => {
    const busId = `1-${++served}`;
    const cable = cabled(exporter, busId, exporter.add(busId, model), options.attach === true);
    cables.set(busId, cable);
    if (options.attach) await cable.plug();
    return cable;
  };
  try {
    for (const model of models) await add(model);
    announce(exporter.where, cables, options.json === true);
    await obeyUntilEnd({
      find: (busId) => cables.get(busId),
      add: (description) => add(modelFrom(description)),
      remove(busId) {
        exporter.remove(busId);
        cables.delete(busId);
      },
    });
  } finally {
    await exporter.close(); // the kernel sees every device go
    await rm(folder, { recursive: true, force: true });
  }
  return EXIT.ok;
}

/** A TCP port on loopback, or a unix socket. */
function whereOf(listen: string | undefined, folder: string): Where {
  if (listen === undefined) return { path: join(folder, 'usbip.sock') };
  return /^\d{1,5}$/.test(listen) ? { port: Number(listen), host: '127.0.0.1' } : { path: listen };
}

function cabled(exporter: UsbExporter, busId: string, device: Cabled['device'], attach: boolean): Cabled {
  let attached: AttachedUsb | undefined;
  return {
    busId,
    device,
    async plug() {
      if (!attach) return 'ready to be attached';
      attached = await attachUsb(exporter.where, busId, attached?.port); // back into its socket
      return `port ${attached.port}`;
    },
    async unplug() {
      exporter.unplug(busId);
      await attached?.cleared();
      return '';
    },
  };
}

function announce(where: Where, cables: ReadonlyMap<string, Cabled>, json: boolean): void {
  const devices = [...cables.values()].map(({ busId, device }) => ({
    busId,
    product: device.model.identity.product,
  }));
  if (json) return void process.stdout.write(`${JSON.stringify({ where, devices })}\n`);
  for (const { busId, product } of devices) process.stdout.write(`${busId}  ${product}\n`);
  const at = 'path' in where ? where.path : `${where.host}:${where.port}`;
  process.stdout.write(`USB/IP on ${at}; commands on standard input, Ctrl-D ends\n`);
}

/** Every line is answered by `ok …` or `error …`, in order. */
async function obeyUntilEnd(bus: Bus): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  const end = () => lines.close();
  process.once('SIGINT', end).once('SIGTERM', end);
  for await (const line of lines) {
    if (line.trim() === '') continue;
    try {
      process.stdout.write(`ok ${await obey(line, bus)}`.trimEnd().concat('\n'));
    } catch (error) {
      if (!isRigError(error)) throw error;
      process.stdout.write(`error ${error.message}\n`);
    }
  }
}
