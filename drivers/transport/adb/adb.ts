import { type Adb, AdbDaemonTransport, Adb as AdbOver, AdbServerClient } from '@yume-chan/adb';
import { AdbServerNodeTcpConnector } from '@yume-chan/adb-server-node-tcp';
import { z } from 'zod';
import { RigError } from '../../../rig/model/errors.ts';
import type { Tee } from '../tee.ts';
import { openBulk } from '../usb-bulk.ts';
import { type AdbBytes, adbSocket, packetsOver } from './connection.ts';
import { adbKey } from './key.ts';

const Address = z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+):\d{1,5}$/, 'expected HOST:PORT');

/** Where an Android device is, as options of a driver. Exactly one of `tcp`, `usb` and `server`. */
export const adbPlace = {
  tcp: Address.optional().describe("HOST:PORT of the device's own ADB daemon, usually at port 5555"),
  usb: z.string().min(1).optional().describe('USB name of the device, such as 18d1:4ee7:SERIAL'),
  server: Address.optional().describe(
    'HOST:PORT of an adb server, usually 127.0.0.1:5037; takes devices at USB ports and wireless ones that were paired with it',
  ),
  serial: z.string().min(1).optional().describe('serial number, where the server has more than one device'),
  key: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file of the RSA key that the device trusts; ~/.android/adbkey without'),
} as const;

export interface AdbPlace {
  readonly tcp?: string | undefined;
  readonly usb?: string | undefined;
  readonly server?: string | undefined;
  readonly serial?: string | undefined;
  readonly key?: string | undefined;
}

/** Whether exactly one way to the device is named; for `refine` of a driver's options. */
export const oneAdbWay = ({ tcp, usb, server }: AdbPlace): boolean =>
  [tcp, usb, server].filter((way) => way !== undefined).length === 1;

/** What is kept out of the journal about a command. */
export interface AdbDiscretion {
  /** Why neither the command nor what it gave may be recorded, e.g. because it types a PIN. */
  readonly secret?: string;
}

/** An Android device through its debug bridge. Single use: a lost connection is a new object. */
export interface AdbDevice {
  /** Product, model and device names, and the way there. */
  readonly facts: Readonly<Record<string, string>>;
  /** Resolves once when the connection is over: with the error, or undefined after `close()`. Never rejects. */
  readonly closed: Promise<RigError | undefined>;
  /**
   * Runs a command and resolves with everything that it wrote (standard and error output mixed: `exec:` knows no exit
   * code). Errors: TRANSPORT_TIMEOUT after wall `limitMs`, TRANSPORT_PROTOCOL for more than 32 MB, TRANSPORT_LOST.
   */
  run(command: readonly string[], options?: AdbDiscretion & { readonly limitMs?: number }): Promise<Buffer>;
  /** The screen as a PNG file. Errors: those of `run`; TRANSPORT_PROTOCOL when what comes is no PNG. */
  screenshot(): Promise<Buffer>;
  /** A touch at a pixel. Errors: those of `run`; TRANSPORT_PROTOCOL when the device refuses. */
  tap(x: number, y: number, discretion?: AdbDiscretion): Promise<void>;
  /** Idempotent, bounded. */
  close(): Promise<void>;
}

/** Wall time limits: a command, closing, and the person who allows debugging at the device's screen. */
const LIMIT_WALL_MS = { command: 10_000, close: 2000, trust: 20_000 } as const;
const OUTPUT_LIMIT = 32 * 1024 * 1024;
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * Connects to an Android device. Only engineering units of payment terminals have a debug bridge; production units have
 * none, and a screen that must not be seen (FLAG_SECURE) is black in every screenshot.
 * The tee gets the command lines and the text they give; of pictures only their size.
 * Errors: TRANSPORT_OPEN (not there, or not trusted), FILE_UNREADABLE, FILE_INVALID (key).
 */
export async function openAdb(place: AdbPlace, what: string, tee: Tee): Promise<AdbDevice> {
  const bytes = await bytesTo(place, what);
  const adb = await (bytes ? overBytes(bytes, place, what) : throughServer(place, what));
  const where = place.tcp ?? place.usb ?? `${place.server} ${place.serial ?? ''}`.trim();
  tee.link('open', where);

  let own = false;
  const lost = (why: string) =>
    new RigError('TRANSPORT_LOST', 'bench', `the ADB connection of the ${what} (${where}) was lost: ${why}`, {
      hint: 'Check cable, network and whether debugging is still switched on at the device.',
    });
  const closed = Promise.race([
    adb.disconnected.catch(() => {}),
    bytes?.closed ?? new Promise(() => {}),
  ]).then((why) => {
    const error = own ? undefined : lost(typeof why === 'string' ? why : 'the device ended it');
    tee.link(error ? 'lost' : 'closed', error?.message ?? where);
    return error;
  });
  /** Commands one after the other: a screenshot is of what the tap before it did. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const mine = turn.then(act, act);
    turn = mine.catch(() => {});
    return mine;
  };

  const said = (command: readonly string[], secret: string | undefined) => {
    const line = Buffer.from(`exec:${command.join(' ')}\n`);
    if (secret === undefined) tee.bytes('out', line);
    else tee.withheld('out', 0, secret);
  };
  const run = async (
    command: readonly string[],
    { secret, limitMs = LIMIT_WALL_MS.command }: AdbDiscretion & { readonly limitMs?: number } = {},
  ): Promise<Buffer> => {
    said(command, secret);
    const output = await within(
      limitMs,
      `the ${what} to answer "${command[0]}"`,
      collect(adb, command),
      closed,
    );
    if (output.subarray(0, PNG.length).equals(PNG))
      tee.withheld('in', output.length, 'a picture of the screen');
    else if (secret !== undefined) tee.withheld('in', 0, secret);
    else if (output.length > 0) tee.bytes('in', output.subarray(0, 4096));
    return output;
  };
  return {
    facts: { ...factsOf(adb), where },
    closed,
    run: (command, options) => inTurn(() => run(command, options)),
    screenshot: () =>
      inTurn(async () => {
        const png = await run(['screencap', '-p']);
        if (png.subarray(0, PNG.length).equals(PNG)) return png;
        throw unexpected(what, 'gave no picture of its screen', png);
      }),
    tap: (x, y, discretion) =>
      inTurn(async () => {
        const said = await run(['input', 'tap', String(Math.round(x)), String(Math.round(y))], discretion);
        if (said.toString('latin1').trim() !== '') throw unexpected(what, 'refused a touch', said);
      }),
    close: async () => {
      own = true;
      await Promise.race([Promise.resolve(adb.close()).catch(() => {}), delay(LIMIT_WALL_MS.close)]);
      await bytes?.close();
    },
  };
}

const unexpected = (what: string, did: string, said: Buffer): RigError =>
  new RigError('TRANSPORT_PROTOCOL', 'bench', `the ${what} ${did}: ${printable(said)}`, {
    hint: 'Only engineering units allow this; look with adb shell by hand.',
  });
const printable = (bytes: Buffer): string =>
  JSON.stringify(bytes.subarray(0, 120).toString('utf8').trim() || '(nothing)');

const splitAddress = (address: string) => {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
};

/** A link of the bulk stream's own is not recorded: commands are, one by one. */
const unheard: Tee = { bytes: () => {}, unseen: () => {}, withheld: () => {}, link: () => {} };

async function bytesTo({ tcp, usb }: AdbPlace, what: string): Promise<AdbBytes | undefined> {
  if (tcp !== undefined) {
    const { host, port } = splitAddress(tcp);
    return adbSocket(host, port);
  }
  if (usb === undefined) return undefined;
  const bulk = await openBulk({ device: usb, what }, unheard);
  return {
    write: (chunk) => bulk.write(chunk),
    onData: (listener) => void bulk.onData(listener),
    closed: bulk.closed.then((error) => error?.message),
    close: () => bulk.close(),
  };
}

async function overBytes(bytes: AdbBytes, { tcp, usb, key }: AdbPlace, what: string): Promise<Adb> {
  const serial = tcp ?? usb ?? '';
  try {
    const transport = AdbDaemonTransport.authenticate({
      serial,
      connection: packetsOver(bytes),
      credentialStore: adbKey(key),
      initialDelayedAckBytes: 0,
    });
    return new AdbOver(
      await within(LIMIT_WALL_MS.trust, `the ${what} to trust this machine`, transport, bytes.closed),
    );
  } catch (cause) {
    await bytes.close();
    if (cause instanceof RigError && cause.blame === 'file') throw cause;
    throw new RigError(
      'TRANSPORT_OPEN',
      'bench',
      `the ADB daemon at ${serial} does not let this machine in`,
      {
        cause,
        hint: "Allow debugging from this machine at the device's screen, or name the key that it trusts with `key`.",
      },
    );
  }
}

async function throughServer({ server = '', serial }: AdbPlace, what: string): Promise<Adb> {
  const { host, port } = splitAddress(server);
  try {
    const client = new AdbServerClient(new AdbServerNodeTcpConnector({ host, port }));
    const made = client.createAdb(serial === undefined ? undefined : { serial });
    return await within(LIMIT_WALL_MS.command, `the adb server to find the ${what}`, made);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RigError(
      'TRANSPORT_OPEN',
      'bench',
      `the adb server at ${server} has no way to the ${what}: ${why}`,
      {
        cause,
        hint: SERVER_HINTS.find(([says]) => says.test(why))?.[1] ?? SERVER_HINT,
      },
    );
  }
}

const SERVER_HINT = 'Start the server with `adb start-server`; `adb devices` shows what it sees.';
/** What helps, by what an adb server answers. */
const SERVER_HINTS: readonly (readonly [says: RegExp, hint: string])[] = [
  [/more than one/i, 'Name the one that is meant with `serial`; `adb devices` shows their numbers.'],
  [/unauthorized|unauthorised/i, "Allow debugging from this machine at the device's screen."],
  [/offline/i, 'Unplug the device and plug it in again, or restart its debugging.'],
];

function factsOf({ banner }: Adb): Record<string, string> {
  const { product, model, device } = banner;
  return Object.fromEntries(
    Object.entries({ product, model, device }).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
}

async function collect(adb: Adb, command: readonly string[]): Promise<Buffer> {
  const process = await adb.subprocess.noneProtocol.spawn(command);
  const reader = process.output.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    length += value.length;
    if (length > OUTPUT_LIMIT) {
      await process.kill();
      throw new RigError('TRANSPORT_PROTOCOL', 'bench', `"${command[0]}" gave more than 32 MB`);
    }
    chunks.push(value);
  }
}

const delay = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, ms).unref();
  });

/** `promise`, or TRANSPORT_TIMEOUT after wall `ms`, or TRANSPORT_LOST when the connection ends first. */
async function within<T>(
  ms: number,
  awaited: string,
  promise: PromiseLike<T>,
  over?: Promise<unknown>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new RigError('TRANSPORT_TIMEOUT', 'bench', `waited ${ms / 1000} s for ${awaited}`, {
            hint: 'Is the device awake, and does it respond to adb shell by hand?',
          }),
        ),
      ms,
    );
    void over?.then((why) =>
      reject(
        why instanceof RigError
          ? why
          : new RigError('TRANSPORT_LOST', 'bench', `lost while waiting for ${awaited}`),
      ),
    );
  });
  try {
    return await Promise.race([promise, late]);
  } catch (cause) {
    if (cause instanceof RigError) throw cause;
    // The library tells of a broken pipe in many ways.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RigError('TRANSPORT_LOST', 'bench', `lost while waiting for ${awaited}: ${why}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}
