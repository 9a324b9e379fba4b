import { RigError } from '../../../rig/model/errors.ts';
import { SPEED } from './descriptors.ts';
import type { Setup, UsbModel } from './device.ts';

/**
 * The messages of USB/IP 1.1.1 as bytes (Linux: Documentation/usb/usbip_protocol.rst). Numbers are big endian, but for
 * the set-up packet, which is USB's own.
 */
const VERSION = 0x0111;
const OP = { devices: 0x8005, devicesReply: 0x0005, attach: 0x8003, attachReply: 0x0003 } as const;
const COMMAND = { submit: 1, unlink: 2, submitReply: 3, unlinkReply: 4 } as const;
const URB_HEADER = 48;
const OP_HEADER = 8;
const BUS_ID = 32;
const RECORD = 312;
/** No driver of a serial, HID or bulk device asks for more in one transfer, bytes. */
const TRANSFER_LIMIT = 4 * 1024 * 1024;

/** Bytes that `import` answers with: header and device record. */
export const IMPORT_REPLY = OP_HEADER + RECORD;

/** What a client asks before it has imported a device. */
export type Request = { readonly ask: 'devices' } | { readonly ask: 'import'; readonly busId: string };

/** What the kernel of the client sends afterwards. */
export type Command =
  | {
      readonly kind: 'submit';
      readonly seq: number;
      readonly direction: 'in' | 'out';
      readonly endpoint: number;
      readonly length: number;
      readonly setup: Setup;
      readonly data: Uint8Array;
    }
  | { readonly kind: 'unlink'; readonly seq: number; readonly victim: number };

/** Collects bytes until a whole message is there. */
export function usbIpReader() {
  let buffer = Buffer.alloc(0);
  const take = (count: number): Buffer => {
    const taken = buffer.subarray(0, count);
    buffer = buffer.subarray(count);
    return taken;
  };
  return {
    push(chunk: Uint8Array): void {
      buffer = buffer.length === 0 ? Buffer.from(chunk) : Buffer.concat([buffer, chunk]);
    },
    /** The next request; undefined when there is none whole yet. Throws TRANSPORT_PROTOCOL for anything else. */
    request(): Request | undefined {
      if (buffer.length < OP_HEADER) return undefined;
      const code = buffer.readUInt16BE(2);
      if (code === OP.devices) {
        take(OP_HEADER);
        return { ask: 'devices' };
      }
      if (code !== OP.attach) throw garbage(`request 0x${code.toString(16)}`);
      if (buffer.length < OP_HEADER + BUS_ID) return undefined;
      const busId = take(OP_HEADER + BUS_ID).toString('latin1', OP_HEADER);
      return { ask: 'import', busId: busId.slice(0, `${busId}\0`.indexOf('\0')) };
    },
    /** The next command, likewise. */
    command(): Command | undefined {
      if (buffer.length < URB_HEADER) return undefined;
      const kind = buffer.readUInt32BE(0);
      const seq = buffer.readUInt32BE(4);
      if (kind === COMMAND.unlink) return { kind: 'unlink', seq, victim: take(URB_HEADER).readUInt32BE(20) };
      if (kind !== COMMAND.submit) throw garbage(`command ${kind}`);
      const direction = buffer.readUInt32BE(12) === 0 ? 'out' : 'in';
      const length = buffer.readUInt32BE(24);
      if (length > TRANSFER_LIMIT) throw garbage(`a transfer of ${length} bytes`);
      if (buffer.length < URB_HEADER + (direction === 'out' ? length : 0)) return undefined;
      const header = take(URB_HEADER);
      const data = direction === 'out' ? Uint8Array.from(take(length)) : new Uint8Array(0);
      const endpoint = header.readUInt32BE(16) & 0x0f;
      return { kind: 'submit', seq, direction, endpoint, length, setup: setupOf(header), data };
    },
  };
}

const setupOf = (header: Buffer): Setup => ({
  type: header.readUInt8(40),
  request: header.readUInt8(41),
  value: header.readUInt16LE(42),
  index: header.readUInt16LE(44),
  length: header.readUInt16LE(46),
});

const garbage = (what: string): RigError =>
  new RigError('TRANSPORT_PROTOCOL', 'bench', `not USB/IP: ${what}`, {
    hint: 'Only a USB/IP client (vhci_hcd) may connect here.',
  });

/** A device as USB/IP names it. */
export interface Exported {
  readonly busId: string;
  readonly number: number;
  readonly model: UsbModel;
}

const opHeader = (code: number, status: number): Buffer => {
  const header = Buffer.alloc(OP_HEADER);
  header.writeUInt16BE(VERSION, 0);
  header.writeUInt16BE(code, 2);
  header.writeUInt32BE(status, 4);
  return header;
};

function record({ busId, number, model }: Exported): Buffer {
  const bytes = Buffer.alloc(RECORD);
  const { identity, interfaces } = model;
  bytes.write(`/sys/devices/posrig/${busId}`.slice(0, 255), 0, 'latin1');
  bytes.write(busId.slice(0, BUS_ID - 1), 256, 'latin1');
  bytes.writeUInt32BE(1, 288);
  bytes.writeUInt32BE(number, 292);
  bytes.writeUInt32BE(SPEED[identity.speed], 296);
  bytes.writeUInt16BE(identity.vid, 300);
  bytes.writeUInt16BE(identity.pid, 302);
  bytes.writeUInt16BE(identity.release, 304);
  bytes.set([identity.class, identity.subclass, identity.protocol, 0, 1, interfaces.length], 306);
  return bytes;
}

export function devicesReply(devices: readonly Exported[]): Uint8Array {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(devices.length);
  const each = devices.flatMap((device) => [
    record(device),
    ...device.model.interfaces.map((one) => Buffer.from([one.class, one.subclass, one.protocol, 0])),
  ]);
  return Buffer.concat([opHeader(OP.devicesReply, 0), count, ...each]);
}

/** `status` of a refusal: 1 unknown here, 2 busy (`usbip` prints them so). */
export const importReply = (found: Exported | 'absent' | 'busy'): Uint8Array =>
  typeof found === 'string'
    ? opHeader(OP.attachReply, found === 'busy' ? 2 : 4)
    : Buffer.concat([opHeader(OP.attachReply, 0), record(found)]);

export function importRequest(busId: string): Uint8Array {
  const bytes = Buffer.alloc(OP_HEADER + BUS_ID);
  opHeader(OP.attach, 0).copy(bytes);
  bytes.write(busId.slice(0, BUS_ID - 1), OP_HEADER, 'latin1');
  return bytes;
}

/** What the kernel wants to know of an imported device. Throws TRANSPORT_PROTOCOL when the import was refused. */
export function importedDevice(reply: Buffer): { readonly id: number; readonly speed: number } {
  const status = reply.readUInt32BE(4);
  if (reply.readUInt16BE(2) !== OP.attachReply || status !== 0)
    throw garbage(`import refused, status ${status}`);
  const [bus, number] = [reply.readUInt32BE(OP_HEADER + 288), reply.readUInt32BE(OP_HEADER + 292)];
  return { id: (bus << 16) | number, speed: reply.readUInt32BE(OP_HEADER + 296) };
}

const urbReply = (kind: number, seq: number, status: number, length: number): Buffer => {
  const header = Buffer.alloc(URB_HEADER);
  header.writeUInt32BE(kind, 0);
  header.writeUInt32BE(seq, 4);
  header.writeInt32BE(status, 20);
  header.writeUInt32BE(length, 24);
  return header;
};

/** @param taken bytes that an OUT transfer took, or the data of an IN transfer */
export function submitReply(seq: number, status: number, taken: number | Uint8Array): Uint8Array {
  if (typeof taken === 'number') return urbReply(COMMAND.submitReply, seq, status, taken);
  return Buffer.concat([urbReply(COMMAND.submitReply, seq, status, taken.length), taken]);
}

export const unlinkReply = (seq: number, status: number): Uint8Array =>
  urbReply(COMMAND.unlinkReply, seq, status, 0);
