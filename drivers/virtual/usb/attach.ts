import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { RigError } from '../../../rig/model/errors.ts';
import type { Where } from './exporter.ts';
import { IMPORT_REPLY, importedDevice, importRequest } from './usbip.ts';

/** The kernel's virtual host controller. */
const CONTROLLER = '/sys/devices/platform/vhci_hcd.0';
/** How long the exporter may take to answer, wall ms. */
const IMPORT_WALL_MS = 20_000;
const REPLY_HEADER = 8;
/** `status` of a port on which nothing is (VDEV_ST_NULL). */
const FREE = '004';

export interface AttachedUsb {
  /** Number of the controller's port. */
  readonly port: number;
  /** Takes the device off the port, as `usbip detach` does. */
  detach(): Promise<void>;
  /** Resolves when the kernel has cleared the port after the cable was pulled; errors: TRANSPORT_TIMEOUT. */
  cleared(): Promise<void>;
}

/**
 * Imports a device and hands its connection to the kernel, which then enumerates it like one on a cable. A preferred port is
 * its old socket: taken when it is free. Needs the module
 * vhci-hcd and the right to write to its files (root, or a group that was given it). Errors: TRANSPORT_OPEN, with what to
 * do about it; TRANSPORT_PROTOCOL when the exporter does not have the device.
 */
export async function attachUsb(
  where: Where,
  busId: string,
  preferred?: number,
  controller = CONTROLLER,
): Promise<AttachedUsb> {
  const socket = 'path' in where ? connect(where.path) : connect(where.port, where.host);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(IMPORT_WALL_MS) });
    socket.setNoDelay(true);
    socket.write(importRequest(busId));
    const device = importedDevice(await replyOf(socket));
    const port = await freePort(controller, preferred);
    await writeFile(`${controller}/attach`, `${port} ${descriptorOf(socket)} ${device.id} ${device.speed}`);
    return {
      port,
      detach: () => writeFile(`${controller}/detach`, String(port)),
      cleared: () => cleared(controller, port),
    };
  } catch (cause) {
    if (cause instanceof RigError) throw cause;
    throw notAttached(busId, cause);
  } finally {
    socket.destroy(); // the kernel keeps its own reference
  }
}

/** Exactly the reply: what follows on the connection is the kernel's. A refusal is a header alone. */
async function replyOf(socket: Socket): Promise<Buffer> {
  const header = await exactly(socket, REPLY_HEADER);
  if (header.readUInt32BE(4) !== 0) return header;
  return Buffer.concat([header, await exactly(socket, IMPORT_REPLY - REPLY_HEADER)]);
}

async function exactly(socket: Socket, count: number): Promise<Buffer> {
  const signal = AbortSignal.timeout(IMPORT_WALL_MS);
  for (;;) {
    const taken: unknown = socket.read(count);
    if (Buffer.isBuffer(taken) && taken.length === count) return taken;
    if (socket.destroyed || socket.readableEnded) throw new Error('the exporter hung up');
    await once(socket, 'readable', { signal });
  }
}

/** The preferred port when nothing is on it, else one of the controller with most to spare: each enumerates by itself. */
async function freePort(controller: string, preferred: number | undefined): Promise<number> {
  const free = await freePorts(controller);
  if (preferred !== undefined && free.flat().includes(preferred)) return preferred;
  const [port] = [...free].sort((a, b) => b.length - a.length)[0] ?? [];
  if (port !== undefined) return port;
  throw new RigError('TRANSPORT_OPEN', 'bench', 'the virtual USB controller has no free port', {
    hint: 'Detach a device first; `usbip port` lists them.',
  });
}

/** Free ports of each controller. */
async function freePorts(controller: string): Promise<readonly (readonly number[])[]> {
  const files = (await readdir(controller)).filter((name) => /^status(\.\d+)?$/.test(name)).sort();
  const tables = await Promise.all(files.map((file) => readFile(`${controller}/${file}`, 'utf8')));
  return tables.map((table) =>
    table
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .flatMap(([hub, port, status]) => (hub === 'hs' && status === FREE ? [Number(port)] : [])),
  );
}

/** The kernel says nothing when it has cleared a port, so its table is looked at. */
async function cleared(controller: string, port: number): Promise<void> {
  const until = performance.now() + IMPORT_WALL_MS;
  while (!(await freePorts(controller)).flat().includes(port)) {
    if (performance.now() > until)
      throw new RigError(
        'TRANSPORT_TIMEOUT',
        'bench',
        `the kernel did not clear port ${port} of the virtual USB controller`,
      );
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Node tells a socket's descriptor nowhere but in its handle. */
function descriptorOf(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle');
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  if (typeof fd === 'number' && fd >= 0) return fd;
  throw new RigError('RIG_DEFECT', 'rig', 'this Node.js does not tell the descriptor of a socket');
}

function notAttached(busId: string, cause: unknown): RigError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const hint =
    code === 'EACCES'
      ? `Let your group write to ${CONTROLLER}/attach and detach, or run this as root.`
      : code === 'ENOENT'
        ? 'Load the virtual USB controller first: sudo modprobe vhci-hcd'
        : 'Is the exporter running? `posrig virtual-usb --help`';
  const text = cause instanceof Error ? cause.message : String(cause);
  return new RigError('TRANSPORT_OPEN', 'bench', `USB device ${busId} cannot be attached: ${text}`, {
    cause,
    hint,
  });
}
