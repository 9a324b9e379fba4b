import { once } from 'node:events';
import { connect } from 'node:net';
import type { Setup } from '../device.ts';
import type { Where } from '../exporter.ts';
import { IMPORT_REPLY, importRequest } from '../usbip.ts';

/** The kernel's side of USB/IP, for tests without one: written from the protocol's description, not from the exporter. */
export interface UsbIpClient {
  control(setup: Setup, data?: Uint8Array): Promise<Reply>;
  /** An IN transfer and its number, with which it can be unlinked. */
  take(endpoint: number, length: number): { readonly seq: number; readonly reply: Promise<Reply> };
  give(endpoint: number, data: Uint8Array): Promise<Reply>;
  /** Status of the unlinking itself. */
  unlink(seq: number): Promise<number>;
  readonly closed: Promise<unknown>;
  close(): void;
}

export interface Reply {
  readonly status: number;
  readonly length: number;
  readonly data: Uint8Array;
}

/** Imports a device; throws with the status of a refusal. */
export async function importUsb(where: Where, busId: string): Promise<UsbIpClient> {
  const socket = 'path' in where ? connect(where.path) : connect(where.port, where.host);
  const closed = once(socket, 'close');
  let buffer = Buffer.alloc(0);
  let arrived = () => {};
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    arrived();
  });
  const exactly = async (count: number): Promise<Buffer> => {
    while (buffer.length < count) {
      await Promise.race([
        new Promise<void>((resolve) => {
          arrived = resolve;
        }),
        closed.then(() => {
          if (buffer.length < count) throw new Error('closed');
        }),
      ]);
    }
    const taken = buffer.subarray(0, count);
    buffer = buffer.subarray(count);
    return taken;
  };
  socket.write(importRequest(busId));
  const header = await exactly(8);
  if (header.readUInt32BE(4) !== 0) throw new Error(`refused: ${header.readUInt32BE(4)}`);
  await exactly(IMPORT_REPLY - 8);

  const waiting = new Map<number, { readonly isIn: boolean; settle(reply: Reply): void }>();
  const pump = async () => {
    for (;;) {
      const reply = await exactly(48);
      const of = waiting.get(reply.readUInt32BE(4));
      waiting.delete(reply.readUInt32BE(4));
      const unlinked = reply.readUInt32BE(0) === 4;
      const length = unlinked ? 0 : reply.readUInt32BE(24);
      const data = of?.isIn && !unlinked ? Uint8Array.from(await exactly(length)) : new Uint8Array(0);
      of?.settle({ status: reply.readInt32BE(20), length, data });
    }
  };
  pump().catch(() => {});

  let seq = 0;
  const ask = (isIn: boolean, write: (header: Buffer) => void, data: Uint8Array): Promise<Reply> =>
    new Promise((settle) => {
      const header = Buffer.alloc(48);
      header.writeUInt32BE(1, 0);
      header.writeUInt32BE(++seq, 4);
      header.writeUInt32BE(isIn ? 1 : 0, 12);
      header.writeUInt32BE(data.length, 24);
      write(header);
      waiting.set(seq, { isIn, settle });
      socket.write(Buffer.concat([header, isIn ? new Uint8Array(0) : data]));
    });
  return {
    control: (setup, data = new Uint8Array(setup.length)) =>
      ask(
        (setup.type & 0x80) !== 0,
        (header) => {
          header.set([setup.type, setup.request], 40);
          header.writeUInt16LE(setup.value, 42);
          header.writeUInt16LE(setup.index, 44);
          header.writeUInt16LE(setup.length, 46);
        },
        data,
      ),
    take(endpoint, length) {
      const reply = ask(true, (header) => void header.writeUInt32BE(endpoint, 16), new Uint8Array(length));
      return { seq, reply };
    },
    give: (endpoint, data) => ask(false, (header) => void header.writeUInt32BE(endpoint, 16), data),
    unlink: async (victim) =>
      (
        await ask(
          true,
          (header) => {
            header.writeUInt32BE(2, 0);
            header.writeUInt32BE(victim, 20);
          },
          new Uint8Array(0),
        )
      ).status,
    closed,
    close: () => void socket.destroy(),
  };
}
