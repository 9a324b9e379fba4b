import {
  configurationDescriptor,
  deviceDescriptor,
  stringDescriptor,
  type UsbIdentity,
  type UsbInterface,
} from './descriptors.ts';

/** The eight bytes of a control transfer's set-up packet. */
export interface Setup {
  readonly type: number;
  readonly request: number;
  readonly value: number;
  readonly index: number;
  readonly length: number;
}

/** What a model of a device does; standard requests and the queues of endpoints are taken care of. */
export interface UsbModel {
  readonly identity: UsbIdentity;
  readonly interfaces: readonly UsbInterface[];
  /** Class and vendor requests, and standard ones to an interface. Undefined stalls. */
  control(setup: Setup, data: Uint8Array): Uint8Array | undefined;
  /** Bytes for an OUT endpoint. */
  out(endpoint: number, data: Uint8Array): void;
  /** The cable is in / out. What was under way is lost already. */
  plugged?(device: VirtualUsbDevice): void;
  unplugged?(): void;
}

/** Negative Linux error numbers, as USB/IP carries them. */
export const USB_STATUS = { ok: 0, stall: -32, unlinked: -104 } as const;

export interface Transfer {
  /** Most bytes that an IN transfer takes. */
  readonly length: number;
  done(status: number, data?: Uint8Array): void;
}

const EMPTY = new Uint8Array(0);
/** More than this waits for no host that does not ask: the oldest goes, as in a device's ring buffer. Bytes per endpoint. */
const QUEUE_LIMIT = 4 * 1024 * 1024;

/** A virtual device on its cable: control transfers, endpoint queues, halts. */
export class VirtualUsbDevice {
  readonly model: UsbModel;
  /** OUT transfers are held while this is set: the device answers NAK, the host waits. */
  deaf = false;
  /** Called when an IN endpoint is asked and has nothing: an endless source returns bytes. */
  source: ((endpoint: number) => Uint8Array | undefined) | undefined;
  private configuration = 0;
  private readonly halted = new Set<number>();
  private readonly waiting = new Map<number, Transfer[]>();
  private readonly queued = new Map<number, Uint8Array[]>();
  private readonly held: { readonly endpoint: number; readonly data: Uint8Array; readonly of: Transfer }[] =
    [];

  constructor(model: UsbModel) {
    this.model = model;
  }

  plug(): void {
    this.forget();
    this.model.plugged?.(this);
  }
  unplug(): void {
    this.forget();
    this.model.unplugged?.();
  }

  /** A control transfer on endpoint 0. */
  control(setup: Setup, data: Uint8Array, transfer: Transfer): void {
    const standard = (setup.type & 0x60) === 0;
    // Of the standard requests only those to an interface are the model's: report descriptors of HID.
    const ofModel = !standard || (setup.type & 0x1f) === 1;
    const answer =
      (standard ? this.standard(setup) : undefined) ??
      (ofModel ? this.model.control(setup, data) : undefined);
    if (answer === undefined) transfer.done(USB_STATUS.stall);
    else transfer.done(USB_STATUS.ok, answer.subarray(0, setup.length));
  }

  /** An IN transfer: answered as soon as there is something. */
  take(endpoint: number, transfer: Transfer): void {
    if (this.halted.has(0x80 | endpoint)) {
      transfer.done(USB_STATUS.stall);
      return;
    }
    listAt(this.waiting, endpoint).push(transfer);
    this.pump(endpoint);
  }

  /** An OUT transfer. */
  give(endpoint: number, data: Uint8Array, transfer: Transfer): void {
    if (this.halted.has(endpoint)) {
      transfer.done(USB_STATUS.stall);
      return;
    }
    if (this.deaf) {
      this.held.push({ endpoint, data, of: transfer });
      return;
    }
    transfer.done(USB_STATUS.ok);
    this.model.out(endpoint, data);
  }

  /** Bytes for the host on an IN endpoint. */
  send(endpoint: number, data: Uint8Array): void {
    const queue = listAt(this.queued, endpoint);
    queue.push(data);
    let size = queue.reduce((sum, piece) => sum + piece.length, 0);
    while (size > QUEUE_LIMIT) size -= queue.shift()?.length ?? 0;
    this.pump(endpoint);
  }

  /** Hears again: what was held is taken, in order. */
  hear(): void {
    this.deaf = false;
    for (const { endpoint, data, of } of this.held.splice(0)) this.give(endpoint, data, of);
  }

  /** Ends a transfer that the host no longer wants; false when it is not waiting any more. */
  cancel(transfer: Transfer): boolean {
    for (const list of this.waiting.values()) {
      const at = list.indexOf(transfer);
      if (at >= 0) return list.splice(at, 1).length > 0;
    }
    const at = this.held.findIndex(({ of }) => of === transfer);
    return at >= 0 && this.held.splice(at, 1).length > 0;
  }

  /** Halts an endpoint until the host clears it. @param address with bit 7 for IN */
  halt(address: number): void {
    this.halted.add(address);
    if ((address & 0x80) === 0) return;
    for (const transfer of listAt(this.waiting, address & 0x7f).splice(0)) transfer.done(USB_STATUS.stall);
  }

  private pump(endpoint: number): void {
    const waiting = listAt(this.waiting, endpoint);
    const queue = listAt(this.queued, endpoint);
    while (waiting.length > 0) {
      const data = queue.shift() ?? this.source?.(endpoint);
      const transfer = data && waiting.shift();
      if (!transfer) return;
      if (data.length > transfer.length) queue.unshift(data.subarray(transfer.length));
      transfer.done(USB_STATUS.ok, data.subarray(0, transfer.length));
    }
  }

  private forget(): void {
    this.waiting.clear();
    this.queued.clear();
    this.halted.clear();
    this.held.length = 0;
    this.configuration = 0;
  }

  /** Standard requests (USB 2.0, 9.4); undefined for those that this is no answer to. */
  private standard({ type, request, value, index }: Setup): Uint8Array | undefined {
    const recipient = type & 0x1f;
    const endpoint = recipient === 2;
    switch (request) {
      case 0: // GET_STATUS
        return Uint8Array.from([endpoint && this.halted.has(index) ? 1 : 0, 0]);
      case 1: // CLEAR_FEATURE
        if (endpoint) this.halted.delete(index);
        return EMPTY;
      case 3: // SET_FEATURE
        if (endpoint) this.halt(index);
        return EMPTY;
      case 6: // GET_DESCRIPTOR
        return recipient === 0 ? this.descriptor(value >> 8, value & 0xff) : undefined;
      case 8:
        return Uint8Array.from([this.configuration]);
      case 9:
        this.configuration = value;
        return EMPTY;
      case 10:
        return Uint8Array.from([0]);
      case 11:
        return EMPTY;
      default:
        return undefined;
    }
  }

  private descriptor(kind: number, index: number): Uint8Array | undefined {
    if (kind === 1) return deviceDescriptor(this.model.identity);
    if (kind === 2) return configurationDescriptor(this.model.interfaces);
    if (kind === 3) return stringDescriptor(this.model.identity, index);
    return undefined;
  }
}

function listAt<T>(map: Map<number, T[]>, key: number): T[] {
  let list = map.get(key);
  if (!list) {
    list = [];
    map.set(key, list);
  }
  return list;
}
