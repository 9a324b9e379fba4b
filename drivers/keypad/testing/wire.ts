import { RigError } from '../../../rig/model/errors.ts';
import type { SerialStream } from '../../transport/serial.ts';
import type { EventClock } from './event-clock.ts';

export type Direction = 'to-rig' | 'to-device';
/** What a wire does to bytes on their way; the result arrives. */
export type Meddler = (direction: Direction, bytes: Uint8Array) => Uint8Array;

/** A connection over a serial cable in memory, as a driver sees a port. */
export interface Wire {
  readonly serial: SerialStream;
  /** Bytes from the device; lost when the cable is cut. */
  fromDevice(bytes: Uint8Array): void;
  /** How often somebody tried to write after the connection was over. */
  readonly lateWrites: number;
  /** The connection ends by itself. */
  cut(why?: string): void;
}

/** Start bit, eight bits, stop bit at 115200 bits per second, ms. */
export const BYTE_MS = 10 / 115.2;

export interface WireSetup {
  /** How long a byte takes on the line, nominal ms. */
  readonly byteMs?: number | undefined;
  readonly meddle?: Meddler | undefined;
}

/** @param toDevice takes what arrives at the other end */
export function wire(clock: EventClock, setup: WireSetup, toDevice: (bytes: Uint8Array) => void): Wire {
  const { byteMs = 0, meddle = (_, bytes) => bytes } = setup;
  const listeners = new Set<(chunk: Uint8Array) => void>();
  let over: RigError | undefined;
  let resolveClosed: (error: RigError | undefined) => void = () => {};
  const closed = new Promise<RigError | undefined>((resolve) => {
    resolveClosed = resolve;
  });
  let lateWrites = 0;
  const freeAt = { 'to-rig': 0, 'to-device': 0 };

  const carry = (direction: Direction, bytes: Uint8Array, arrive: (chunk: Uint8Array) => void) => {
    const carried = meddle(direction, Uint8Array.from(bytes));
    if (carried.length === 0) return;
    clock.busy();
    if (byteMs === 0) {
      setImmediate(() => {
        clock.busy();
        arrive(carried);
      });
      return;
    }
    freeAt[direction] = Math.max(freeAt[direction], clock.now()) + carried.length * byteMs;
    clock.after(freeAt[direction] - clock.now(), () => arrive(carried));
  };
  const end = (error: RigError | undefined) => {
    if (over) return;
    over = error ?? new RigError('TRANSPORT_LOST', 'rig', 'the port is closed');
    clock.busy();
    resolveClosed(error);
  };

  return {
    get lateWrites() {
      return lateWrites;
    },
    cut: (why = 'the cable was pulled') =>
      end(new RigError('TRANSPORT_LOST', 'bench', `the port was lost: ${why}`)),
    fromDevice: (bytes) => {
      if (over) return;
      carry('to-rig', bytes, (chunk) => {
        if (!over) for (const listener of [...listeners]) listener(chunk);
      });
    },
    serial: {
      path: 'memory',
      get alive() {
        return over === undefined;
      },
      closed,
      write: (bytes) => {
        if (over) {
          lateWrites++;
          return Promise.reject(over);
        }
        // What has left the rig arrives, even if the connection ends behind it.
        carry('to-device', bytes, toDevice);
        return Promise.resolve();
      },
      onData: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      withhold: () => () => {},
      close: async () => end(undefined),
    },
  };
}
