import type { Speed, UsbIdentity } from '../descriptors.ts';

/** What can be chosen of every virtual USB device. */
export interface ModelOptions {
  readonly vid?: number;
  readonly pid?: number;
  /** Undefined: the model's own; empty: none at all, like a cheap adapter. */
  readonly serial?: string;
  readonly product?: string;
  readonly speed?: Speed;
}

/** pid.codes' vendor number, of which 0xACxx is used for these models only inside this project. */
const VENDOR = 0x1209;

/** A model's identity with the user's choices over it. */
export function identityFrom(
  base: Partial<UsbIdentity> & Pick<UsbIdentity, 'pid' | 'product' | 'serial'>,
  options: ModelOptions,
): UsbIdentity {
  const serial = options.serial ?? base.serial;
  return {
    vid: options.vid ?? base.vid ?? VENDOR,
    pid: options.pid ?? base.pid,
    release: base.release ?? 0x0100,
    class: base.class ?? 0,
    subclass: base.subclass ?? 0,
    protocol: base.protocol ?? 0,
    maker: base.maker ?? 'posrig',
    product: options.product ?? base.product,
    serial: serial === '' ? undefined : serial,
    speed: options.speed ?? base.speed ?? 'high',
  };
}
