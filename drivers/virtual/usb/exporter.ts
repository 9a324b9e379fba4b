import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type Transfer, USB_STATUS, type UsbModel, VirtualUsbDevice } from './device.ts';
import {
  type Command,
  devicesReply,
  type Exported,
  importReply,
  submitReply,
  unlinkReply,
  usbIpReader,
} from './usbip.ts';

/** Where clients connect: a path of a unix socket, or a TCP port on loopback (USB/IP has no authentication). */
export type Where = { readonly path: string } | { readonly port: number; readonly host: '127.0.0.1' };

export interface UsbExporter {
  readonly where: Where;
  /** Adds a device; it is plugged in when a client imports it. */
  add(busId: string, model: UsbModel): VirtualUsbDevice;
  /** Pulls the cable: the client's kernel sees the device go. The device can be imported again. */
  unplug(busId: string): void;
  /** Pulls the cable and takes the device off the list. */
  remove(busId: string): void;
  close(): Promise<void>;
}

/** Serves virtual devices over USB/IP. */
export async function exportUsb(where: Where): Promise<UsbExporter> {
  const devices = new Map<string, Exported & { readonly device: VirtualUsbDevice }>();
  const inUse = new Map<string, Socket>();
  const sockets = new Set<Socket>();
  let added = 0;

  const serve = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    const reader = usbIpReader();
    let answer: ((command: Command) => void) | undefined;
    let busId = '';
    const listen = () => {
      for (
        let asked = answer ? undefined : reader.request();
        asked;
        asked = answer ? undefined : reader.request()
      ) {
        if (asked.ask === 'devices') {
          socket.end(devicesReply([...devices.values()]));
          continue;
        }
        const found = devices.get(asked.busId);
        if (!found || inUse.has(asked.busId)) return void socket.end(importReply(found ? 'busy' : 'absent'));
        busId = asked.busId;
        inUse.set(busId, socket);
        socket.write(importReply(found));
        found.device.plug();
        answer = answering(found.device, socket);
      }
      if (!answer) return;
      for (let command = reader.command(); command; command = reader.command()) answer(command);
    };
    socket.on('data', (chunk) => {
      reader.push(chunk);
      socket.cork();
      try {
        listen();
      } catch {
        socket.destroy(); // not USB/IP
      }
      socket.uncork();
    });
    socket.on('error', () => {}); // the client is gone; `close` follows
    socket.on('close', () => {
      sockets.delete(socket);
      if (inUse.get(busId) !== socket) return;
      inUse.delete(busId);
      devices.get(busId)?.device.unplug();
    });
  };

  const server = createServer(serve);
  if ('path' in where) server.listen(where.path);
  else server.listen(where.port, where.host);
  await once(server, 'listening');
  const address = server.address();
  return {
    where:
      'port' in where && address !== null && typeof address === 'object'
        ? { ...where, port: address.port }
        : where,
    add(busId, model) {
      const device = new VirtualUsbDevice(model);
      devices.set(busId, { busId, number: ++added + 1, model, device });
      return device;
    },
    unplug: (busId) => void inUse.get(busId)?.destroy(),
    remove(busId) {
      inUse.get(busId)?.destroy();
      devices.delete(busId);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Carries out the commands of the client's kernel on a device. */
function answering(device: VirtualUsbDevice, socket: Socket): (command: Command) => void {
  const open = new Map<number, Transfer>();
  return (command) => {
    if (command.kind === 'unlink') {
      const victim = open.get(command.victim);
      const found = victim !== undefined && device.cancel(victim);
      open.delete(command.victim);
      return void socket.write(unlinkReply(command.seq, found ? USB_STATUS.unlinked : USB_STATUS.ok));
    }
    const { seq, direction, endpoint, data } = command;
    const transfer: Transfer = {
      length: command.length,
      done(status, answer = new Uint8Array(0)) {
        open.delete(seq);
        if (socket.destroyed) return;
        const out = status === USB_STATUS.ok ? data.length : 0;
        socket.write(submitReply(seq, status, direction === 'in' ? answer : out));
      },
    };
    open.set(seq, transfer);
    if (endpoint === 0) device.control(command.setup, data, transfer);
    else if (direction === 'in') device.take(endpoint, transfer);
    else device.give(endpoint, data, transfer);
  };
}
