import { readSync, writeSync } from 'node:fs';
import type { SerialPort } from 'serialport';

/** Bytes in and out of an open port. Nothing is read before `flow`. */
export interface Descriptor {
  /** Begins to read; idempotent. */
  flow(): void;
  /**
   * Hands bytes to the operating system, behind those that still wait for it. True when it has taken them all; otherwise
   * `done` is called once it has. Nothing is called any more after `stop`.
   */
  write(bytes: Uint8Array, done: () => void): boolean;
  /** Neither reads nor writes from now on; what waits is dropped. The port itself stays open. */
  stop(): void;
}

export interface DescriptorEvents {
  data(chunk: Uint8Array): void;
  /** The device is gone or the operating system refuses it; told once. */
  lost(why: string, cause?: unknown): void;
}

/** The part of `@serialport/bindings-cpp` on POSIX systems that is used here. */
interface PosixBinding {
  readonly fd: number;
  readonly poller: Poller;
}

interface Poller {
  /** Asks for the next event of these kinds; replaces what was asked before, and an event ends it. */
  poll(events: number): void;
  on(event: 'readable' | 'writable', listener: (error: Error | null) => void): unknown;
  off(event: 'readable' | 'writable', listener: (error: Error | null) => void): unknown;
}

const READABLE = 1;
const WRITABLE = 2;

/**
 * The poller calls without a callback scope. Since Node 26 nobody then goes on with what was awaited until something else
 * happens in this process, be it seconds later; an immediate is something else, and comes at once.
 */
const goOn = (): void => void setImmediate(() => {});

/** Longest piece that is read in one go, bytes. */
const PIECE = 65_536;
/** Everything happens on one thread, and nobody keeps it: one buffer is enough for all ports. */
const piece = Buffer.allocUnsafeSlow(PIECE);

/**
 * Reads and writes the descriptor of an open port directly, whenever the operating system says that it can be: the
 * descriptor does not block, so neither ever waits. The stream of `serialport` asks the thread pool twice for every chunk
 * (once for the bytes, once to learn that there are no more), which costs more than everything the rig does with them;
 * and after a hang-up, when a read gives 0 bytes, it reads again for ever (serialport/bindings-cpp issue 162).
 * Throws when the system's ports are not files (Windows).
 */
export function descriptorOf(port: SerialPort, events: DescriptorEvents): Descriptor {
  const binding: unknown = port.port;
  if (!isPosix(binding)) throw new Error('this system has no file descriptors for serial ports');
  const { fd, poller } = binding;
  const waiting: { bytes: Uint8Array; readonly done: () => void }[] = [];
  let flowing = false;
  let over = false;

  const stop = () => {
    over = true;
    waiting.length = 0;
    poller.off('readable', onReadable);
    poller.off('writable', onWritable);
  };
  const lose = (why: string, cause?: unknown) => {
    if (over) return;
    stop();
    events.lost(why, cause);
  };
  const ask = () => {
    if (!over) poller.poll((flowing ? READABLE : 0) | (waiting.length > 0 ? WRITABLE : 0));
  };

  const onReadable = (error: Error | null) => {
    goOn();
    if (over) return;
    if (error) return lose(error.message, error);
    const count = attempt(() => readSync(fd, piece, 0, PIECE, null));
    if (count instanceof Error) return lose(count.message, count);
    if (count === 0) return lose('the device hung up');
    if (count !== undefined) events.data(Uint8Array.prototype.slice.call(piece, 0, count));
    ask();
  };
  const onWritable = (error: Error | null) => {
    goOn();
    if (over) return;
    if (error) return lose(error.message, error);
    for (let next = waiting[0]; next; next = waiting[0]) {
      const rest = push(next.bytes);
      if (rest === undefined) return;
      if (rest.length > 0) {
        next.bytes = rest;
        break;
      }
      waiting.shift();
      next.done();
      if (over) return;
    }
    ask();
  };
  poller.on('readable', onReadable);
  poller.on('writable', onWritable);

  /** What the operating system did not take; undefined when the port was lost over it. */
  const push = (bytes: Uint8Array): Uint8Array | undefined => {
    const count = attempt(() => writeSync(fd, bytes));
    if (count instanceof Error) {
      lose(count.message, count);
      return undefined;
    }
    return bytes.subarray(count ?? 0);
  };

  return {
    flow() {
      if (flowing) return;
      flowing = true;
      ask();
    },
    write(bytes, done) {
      if (over) return false;
      const rest = waiting.length === 0 ? push(bytes) : bytes;
      if (rest === undefined) return false;
      if (rest.length === 0) return true;
      waiting.push({ bytes: Uint8Array.from(rest), done });
      ask();
      return false;
    },
    stop,
  };
}

/** The result of a system call on a descriptor that does not block; undefined when it was not ready after all. */
function attempt(call: () => number): number | undefined | Error {
  try {
    return call();
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const code = 'code' in error ? error.code : undefined;
    return code === 'EAGAIN' || code === 'EWOULDBLOCK' || code === 'EINTR' ? undefined : error;
  }
}

function isPosix(binding: unknown): binding is PosixBinding {
  if (typeof binding !== 'object' || binding === null || !('fd' in binding) || !('poller' in binding))
    return false;
  return typeof binding.fd === 'number' && typeof binding.poller === 'object' && binding.poller !== null;
}
