/** USB descriptors as bytes, by USB 2.0 chapter 9.6. Numbers are little endian. */

/** Speeds as USB/IP and Linux number them (include/uapi/linux/usb/ch9.h). */
export const SPEED = { low: 1, full: 2, high: 3 } as const;
export type Speed = keyof typeof SPEED;

/** Largest bulk packet of a speed, bytes. */
export const bulkPacket = (speed: Speed): number => (speed === 'high' ? 512 : 64);

export interface UsbIdentity {
  readonly vid: number;
  readonly pid: number;
  /** bcdDevice; some drivers tell the chip's generation by it. */
  readonly release: number;
  readonly class: number;
  readonly subclass: number;
  readonly protocol: number;
  readonly maker: string;
  readonly product: string;
  /** Undefined: a device without a serial number, as cheap adapters are (iSerialNumber 0). */
  readonly serial: string | undefined;
  readonly speed: Speed;
}

export interface UsbInterface {
  readonly class: number;
  readonly subclass: number;
  readonly protocol: number;
  /** Class-specific descriptors between the interface's own and its endpoints. */
  readonly extra?: readonly number[];
  readonly endpoints: readonly UsbEndpoint[];
}

export interface UsbEndpoint {
  /** Address; bit 7 is set for IN. */
  readonly address: number;
  readonly type: 'bulk' | 'interrupt';
  readonly packet: number;
  /** bInterval of interrupt endpoints. */
  readonly interval?: number;
}

const word = (value: number): readonly number[] => [value & 0xff, (value >> 8) & 0xff];

export const deviceDescriptor = (id: UsbIdentity): Uint8Array =>
  Uint8Array.from([
    ...[18, 1, ...word(0x0200), id.class, id.subclass, id.protocol, 64],
    ...[...word(id.vid), ...word(id.pid), ...word(id.release), 1, 2, id.serial === undefined ? 0 : 3, 1],
  ]);

/** The one configuration, self-powered off, 100 mA. */
export function configurationDescriptor(interfaces: readonly UsbInterface[]): Uint8Array {
  const body = interfaces.flatMap((one, number) => [
    ...[9, 4, number, 0, one.endpoints.length, one.class, one.subclass, one.protocol, 0],
    ...(one.extra ?? []),
    ...one.endpoints.flatMap(({ address, type, packet, interval = 0 }) => [
      ...[7, 5, address, type === 'bulk' ? 2 : 3, ...word(packet), interval],
    ]),
  ]);
  return Uint8Array.from([9, 2, ...word(9 + body.length), interfaces.length, 1, 0, 0x80, 50, ...body]);
}

/** String descriptor by index; 0 lists the one language, US English. Undefined when there is none. */
export function stringDescriptor(id: UsbIdentity, index: number): Uint8Array | undefined {
  if (index === 0) return Uint8Array.from([4, 3, 0x09, 0x04]);
  const text = [id.maker, id.product, id.serial][index - 1];
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text.slice(0, 126), 'utf16le');
  return Uint8Array.from([bytes.length + 2, 3, ...bytes]);
}
