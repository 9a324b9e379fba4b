import { existsSync } from 'node:fs';
import { SerialPort } from 'serialport';
import { RigError, toRigError } from '../../rig/model/errors.ts';
import { descriptorOf } from './descriptor.ts';
import { watchNode } from './node-watch.ts';
import { type ByteStream, withholding } from './stream.ts';
import type { Tee } from './tee.ts';
import { isUsbName, portNamed } from './usb-name.ts';

export interface SerialOptions {
  /**
   * Path of the port, a bare name under /dev/serial/by-id, or a USB name (`usb:1209:ac01:T-1@1-2.4`, usb-name.ts). The
   * latter two survive re-enumeration; what has a USB name is waited for while the device enumerates.
   */
  readonly path: string;
  /** Bits per second. */
  readonly baud: number;
  readonly dataBits?: 7 | 8;
  readonly parity?: 'none' | 'even' | 'odd';
  readonly stopBits?: 1 | 2;
  readonly rtscts?: boolean;
  /** What hangs on the port, for messages: `card actuator`. */
  readonly what: string;
}

export type SerialStream = ByteStream;

/** Wall time limits of the operating system's part; they have nothing to do with the terminal's clock. */
const LIMIT_WALL_MS = { open: 5000, write: 5000, close: 2000 } as const;

/**
 * Opens a serial port. Errors: TRANSPORT_OPEN, with what to do about it.
 * @param tee gets every byte before anything parses it
 */
export async function openSerial(options: SerialOptions, tee: Tee): Promise<SerialStream> {
  const path = isUsbName(options.path) ? await portNamed(options.path, options.what) : portPath(options.path);
  const port = makePort(options, path);
  // An `error` event without a listener would end the process; until there is a stream the callback tells all.
  port.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      port.once('open', () => port.close(() => {}));
      reject(openError(options, path, new Error('the operating system did not open it in time')));
    }, LIMIT_WALL_MS.open);
    port.open((error) => {
      clearTimeout(timer);
      if (error) reject(openError(options, path, error));
      else resolve();
    });
  });
  tee.link('open', path);
  const stream = overOpen(port, options, path, tee);
  await stream.guard();
  return stream;
}

/** The stream over an open port, or the port closed and the reason why there is none. */
function overOpen(port: SerialPort, options: SerialOptions, path: string, tee: Tee) {
  try {
    return streamOver(port, options.what, path, tee);
  } catch (error) {
    port.close(() => {});
    throw openError(options, path, error);
  }
}

function streamOver(port: SerialPort, what: string, path: string, tee: Tee) {
  const waiting = new Set<(error: RigError) => void>();
  const listeners = new Set<(chunk: Uint8Array) => void>();
  const withheld = withholding(tee);
  let over: RigError | undefined;
  let unwatch = () => {};
  let resolveClosed: (error: RigError | undefined) => void = () => {};
  const closed = new Promise<RigError | undefined>((resolve) => {
    resolveClosed = resolve;
  });

  /** The one way out, taken once: everybody who waits is told, then the port is let go. */
  const end = (state: 'lost' | 'closed', error: RigError) => {
    if (over) return;
    over = error;
    unwatch();
    descriptor.stop();
    listeners.clear();
    for (const reject of [...waiting]) reject(error);
    withheld.flush();
    tee.link(state, state === 'lost' ? error.message : path);
    void letGo(port).then(() => resolveClosed(state === 'lost' ? error : undefined));
  };
  const lose = (why: string, cause?: unknown) =>
    end(
      'lost',
      new RigError('TRANSPORT_LOST', 'bench', `the port of the ${what} (${path}) was lost: ${why}`, {
        hint: 'Check cable, power and USB hub of this fixture; `posrig list devices` shows what is there.',
        cause,
      }),
    );

  port.on('error', (error: Error) => lose(error.message, error));
  port.on('close', (error?: Error | null) =>
    lose(error?.message ?? 'it closed by itself', error ?? undefined),
  );

  const deliver = (chunk: Uint8Array) => {
    if (over) return;
    withheld.note('in', chunk);
    try {
      for (const listener of listeners) listener(chunk);
    } catch (thrown) {
      end('lost', toRigError(thrown));
    }
  };

  const descriptor = descriptorOf(port, { data: deliver, lost: lose });

  return {
    path,
    closed,
    get alive() {
      return over === undefined;
    },
    async guard() {
      try {
        unwatch = await watchNode(path, lose);
      } catch (error) {
        lose('the device disappeared while it was opened', error);
      }
      if (over) unwatch();
    },
    write(bytes: Uint8Array) {
      if (over) return Promise.reject(over);
      withheld.note('out', bytes);
      let taken = () => {};
      if (descriptor.write(bytes, () => taken())) return Promise.resolve();
      return new Promise<void>((resolve, reject) => {
        if (over) return reject(over);
        const settle = (error?: RigError) => {
          clearTimeout(timer);
          waiting.delete(settle);
          if (error) reject(error);
          else resolve();
        };
        const timer = setTimeout(
          () => lose(`it took no bytes for ${LIMIT_WALL_MS.write / 1000} s`),
          LIMIT_WALL_MS.write,
        );
        waiting.add(settle);
        taken = settle;
      });
    },
    onData(listener: (chunk: Uint8Array) => void) {
      if (!over) listeners.add(listener);
      descriptor.flow();
      return () => void listeners.delete(listener);
    },
    withhold: (reason: string) => withheld.begin(reason),
    async close() {
      end('closed', new RigError('TRANSPORT_LOST', 'rig', `the port of the ${what} (${path}) is closed`));
      await closed;
    },
  };
}

/** Closes the binding and the stream, however far either still is; bounded. */
async function letGo(port: SerialPort): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, LIMIT_WALL_MS.close);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    if (port.isOpen) port.close(done);
    else if (port.closing) port.once('close', done);
    else done();
  });
  port.destroy();
}

/** A bare name is looked up under /dev/serial/by-id; everything else is a path. */
function portPath(name: string): string {
  const byId = `/dev/serial/by-id/${name}`;
  return !name.includes('/') && existsSync(byId) ? byId : name;
}

function makePort(options: SerialOptions, path: string): SerialPort {
  try {
    return new SerialPort({
      path,
      baudRate: options.baud,
      dataBits: options.dataBits ?? 8,
      parity: options.parity ?? 'none',
      stopBits: options.stopBits ?? 1,
      rtscts: options.rtscts ?? false,
      autoOpen: false,
      lock: true,
    });
  } catch (error) {
    throw openError(options, path, error);
  }
}

const OPEN_HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /no such file/i,
    'Is it plugged in and switched on? `posrig list devices` shows the ports of this machine.',
  ],
  [
    /permission denied/i,
    'Add yourself to the group that owns the port (often dialout) and log in again; see `posrig doctor`.',
  ],
  [/lock|temporarily unavailable|busy/i, 'Another program holds the port; close it.'],
  [/not a? ?(tty|typewriter)|inappropriate ioctl|ENOTTY|tcgetattr/i, 'This is not a serial port.'],
];

function openError(options: SerialOptions, path: string, cause: unknown): RigError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const hint = OPEN_HINTS.find(([pattern]) => pattern.test(text))?.[1];
  return new RigError(
    'TRANSPORT_OPEN',
    'bench',
    `the port of the ${options.what} (${path}) cannot be opened: ${text}`,
    {
      cause,
      hint: hint ?? 'See `posrig doctor` and `posrig list devices`.',
    },
  );
}
