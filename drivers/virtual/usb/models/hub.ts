import type { UsbModel, VirtualUsbDevice } from '../device.ts';
import { identityFrom, type ModelOptions } from './model-options.ts';

const OK = new Uint8Array(0);
const FEATURE = { power: 8, connectionChange: 16 } as const;
const CONNECTED = 0x0001;
const POWERED = 0x0100;
const STATUS_CHANGE = 1;

export interface HubOptions extends ModelOptions {
  readonly ports?: number;
  /** All ports have one switch, as cheap hubs do: the hub says so, and switching one port switches all. */
  readonly ganged?: boolean;
}

export interface HubModel extends UsbModel {
  /** Something hangs on a port (1…), or no longer. */
  connect(port: number, connected: boolean): void;
  powered(port: number): boolean;
  onPower(listener: (port: number, on: boolean) => void): void;
}

/**
 * A hub whose ports can be switched (USB 2.0, 11.24.2). USB/IP carries one device a connection, so what hangs on its
 * ports is not behind it for the kernel; the hub says that its ports are empty unless `connect` was called, and what is
 * to lose its power listens to `onPower`.
 */
export function hub(options: HubOptions = {}): HubModel {
  const { ports = 4, ganged = false } = options;
  const identity = identityFrom(
    { pid: 0xac09, class: 9, product: 'Virtual hub', serial: 'HUB-0001', speed: 'full' },
    options,
  );
  const power = new Array<boolean>(ports + 1).fill(false);
  const there = new Array<boolean>(ports + 1).fill(false);
  const listeners: ((port: number, on: boolean) => void)[] = [];
  let device: VirtualUsbDevice | undefined;

  const changed = (port: number) => device?.send(STATUS_CHANGE, Uint8Array.from([1 << port]));
  const setPower = (port: number, on: boolean) => {
    for (let each = 1; each <= ports; each++) {
      if ((each !== port && !ganged) || power[each] === on) continue;
      power[each] = on;
      for (const listener of listeners) listener(each, on);
      if (there[each]) changed(each);
    }
  };
  const descriptor = () =>
    // Per-port (bit 0) or ganged power switching, no over-current protection; 100 ms until power is good.
    Uint8Array.from([9, 0x29, ports, ganged ? 0x10 : 0x11, 0, 50, 0, 0, 0xff]);

  return {
    identity,
    interfaces: [
      {
        class: 9,
        subclass: 0,
        protocol: 0,
        endpoints: [{ address: 0x80 | STATUS_CHANGE, type: 'interrupt', packet: 1, interval: 255 }],
      },
    ],
    control({ type, request, value, index }) {
      if ((type & 0x60) !== 0x20) return undefined;
      const port = index & 0xff;
      if ((type & 0x1f) === 0) {
        if (request === 6) return descriptor();
        if (request === 0) return new Uint8Array(4); // hub status: local power good, no over-current
        return request === 1 || request === 3 ? OK : undefined;
      }
      if (port < 1 || port > ports) return undefined;
      if (request === 0) {
        const on = power[port] === true;
        const status = (on ? POWERED : 0) | (on && there[port] ? CONNECTED : 0);
        return Uint8Array.from([status & 0xff, status >> 8, 0, 0]);
      }
      if (value === FEATURE.power && request === 3) setPower(port, true);
      else if (value === FEATURE.power && request === 1) setPower(port, false);
      else if (request !== 1 && request !== 3) return undefined;
      return OK;
    },
    out: () => {},
    plugged(now) {
      device = now;
    },
    unplugged() {
      for (let port = 1; port <= ports; port++) setPower(port, false);
    },
    connect(port, connected) {
      there[port] = connected;
      changed(port);
    },
    powered: (port) => power[port] === true,
    onPower: (listener) => void listeners.push(listener),
  };
}
