import { RigError, toRigError } from '../../rig/model/errors.ts';
import { type ByteStream, withholding } from './stream.ts';
import type { Tee } from './tee.ts';
import { type ClaimedUsb, claimUsb, findUsb, type RawUsbDevice } from './usb-device.ts';

/** Wall time limits of the operating system's part. */
const LIMIT_WALL_MS = { write: 5000, read: 3_600_000, close: 2000 } as const;
/** Most bytes of one IN transfer. */
const PIECE = 16_384;

export interface BulkOptions {
  /** USB name of the device (usb-name.ts). */
  readonly device: string;
  /** Undefined: the first vendor-specific interface with a bulk pair, else the first with one. */
  readonly interfaceNumber?: number;
  readonly what: string;
}

/**
 * A byte stream over a pair of bulk endpoints, for terminals that are no serial port. As single-use as a serial one
 * (stream.ts). The kernel's driver is detached and gets the interface back at the end. Errors: TRANSPORT_OPEN.
 */
export async function openBulk(options: BulkOptions, tee: Tee): Promise<ByteStream> {
  const { device: name, what } = options;
  const pair = pairOf(await findUsb(name, what), options);
  const claimed = await claimUsb(name, what, pair.interfaceNumber);
  tee.link('open', name);
  return streamOver(claimed, pair, options, tee);
}

interface Pair {
  readonly interfaceNumber: number;
  readonly in: number;
  readonly out: number;
}

function pairOf(device: RawUsbDevice, { device: name, what, interfaceNumber }: BulkOptions): Pair {
  const pairs = (device.configuration?.interfaces ?? []).flatMap(({ interfaceNumber: number, alternate }) => {
    const of = (direction: 'in' | 'out') =>
      alternate.endpoints.find((each) => each.type === 'bulk' && each.direction === direction)
        ?.endpointNumber;
    const [input, output] = [of('in'), of('out')];
    if (input === undefined || output === undefined) return [];
    return [{ interfaceNumber: number, in: input, out: output, vendor: alternate.interfaceClass === 0xff }];
  });
  const found =
    interfaceNumber === undefined
      ? (pairs.find(({ vendor }) => vendor) ?? pairs[0])
      : pairs.find((pair) => pair.interfaceNumber === interfaceNumber);
  if (found) return found;
  throw new RigError('TRANSPORT_OPEN', 'bench', `the ${what} (${name}) has no pair of bulk endpoints there`, {
    hint: `Interfaces with one: ${pairs.map((pair) => pair.interfaceNumber).join(', ') || 'none'}.`,
  });
}

function streamOver(
  claimed: ClaimedUsb,
  pair: Pair,
  { device: path, what }: BulkOptions,
  tee: Tee,
): ByteStream {
  const { device } = claimed;
  const listeners = new Set<(chunk: Uint8Array) => void>();
  const withheld = withholding(tee);
  let over: RigError | undefined;
  let flowing = false;
  let turn: Promise<void> = Promise.resolve();
  let resolveClosed: (error: RigError | undefined) => void = () => {};
  const closed = new Promise<RigError | undefined>((resolve) => {
    resolveClosed = resolve;
  });

  const end = (state: 'lost' | 'closed', error: RigError) => {
    if (over) return;
    over = error;
    listeners.clear();
    withheld.flush();
    tee.link(state, state === 'lost' ? error.message : path);
    void within(LIMIT_WALL_MS.close, claimed.release()).then(() =>
      resolveClosed(state === 'lost' ? error : undefined),
    );
  };
  const lose = (cause: unknown) => {
    const text = cause instanceof Error ? cause.message : String(cause);
    end(
      'lost',
      new RigError(
        'TRANSPORT_LOST',
        'bench',
        `the USB connection of the ${what} (${path}) was lost: ${text}`,
        {
          hint: 'Check cable, power and USB hub; `posrig list devices` shows what is there.',
          cause,
        },
      ),
    );
  };

  const flow = async () => {
    while (!over) {
      try {
        const { data } = await device.transferIn(pair.in, PIECE, LIMIT_WALL_MS.read);
        if (over || !data || data.byteLength === 0) continue;
        deliver(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      } catch (error) {
        if (!/cancel/i.test(String(error))) return lose(error); // a read that nothing came for is asked again
      }
    }
  };
  const deliver = (chunk: Uint8Array) => {
    withheld.note('in', chunk);
    try {
      for (const listener of listeners) listener(chunk);
    } catch (thrown) {
      end('lost', toRigError(thrown));
    }
  };
  /** Hands over all of it; a device that takes only a part is asked to take the rest. */
  const push = async (bytes: Uint8Array): Promise<void> => {
    for (let at = 0; at < bytes.length; ) {
      if (over) throw over;
      const { bytesWritten } = await device.transferOut(pair.out, bytes.slice(at), LIMIT_WALL_MS.write);
      if (bytesWritten <= 0) throw new Error(`it took no bytes for ${LIMIT_WALL_MS.write / 1000} s`);
      at += bytesWritten;
    }
  };

  return {
    path,
    closed,
    get alive() {
      return over === undefined;
    },
    write(bytes) {
      if (over) return Promise.reject(over);
      withheld.note('out', bytes);
      const copy = Uint8Array.from(bytes);
      const mine = turn.then(async () => {
        try {
          await push(copy);
        } catch (error) {
          lose(error);
          throw over ?? toRigError(error);
        }
      });
      turn = mine.catch(() => {});
      return mine;
    },
    onData(listener) {
      if (!over) listeners.add(listener);
      if (!flowing) void flow();
      flowing = true;
      return () => void listeners.delete(listener);
    },
    withhold: (reason) => withheld.begin(reason),
    async close() {
      end(
        'closed',
        new RigError('TRANSPORT_LOST', 'rig', `the USB connection of the ${what} (${path}) is closed`),
      );
      await closed;
    },
  };
}

const within = (ms: number, act: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return Promise.race([act, late]).finally(() => clearTimeout(timer));
};
