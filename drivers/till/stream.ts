import { connect } from 'node:net';
import { RigError } from '../../rig/model/errors.ts';
import { openPort } from '../transport/open-port.ts';
import type { Tee } from '../transport/tee.ts';

/** Where the terminal is: on a serial port, or at a TCP address. */
export type Place =
  /** `form`: data bits, parity and stop bits, such as 8N1; 8N2 without it, as ZVT wants it. */
  | { readonly port: string; readonly baud: number; readonly form?: string }
  | { readonly host: string; readonly tcp: number };

/** A byte stream to the terminal, serial or TCP. */
export interface LinkStream {
  readonly serial: boolean;
  /** A write to a stream that is gone is forgotten: `closed` tells of it. */
  write(bytes: Uint8Array): void;
  onData(listener: (bytes: Uint8Array) => void): void;
  /** Resolves with the reason when the stream is over; with undefined after `close()`. */
  readonly closed: Promise<string | undefined>;
  close(): Promise<void>;
}

/**
 * However often a terminal asks for patience, a till that has waited for so long, nominal ms, takes the link for lost and asks
 * what became of it: longer than people need for any payment, or an end of day for its batch.
 */
export const LONGEST_DIALOGUE = 30 * 60_000;
export const KEPT_WAITING = `the terminal has kept the till waiting for ${LONGEST_DIALOGUE / 60_000} min`;

const CONNECT_WALL_MS = 5000;

const PARITIES = { N: 'none', E: 'even', O: 'odd' } as const;

/** `8N1` as the operating system wants to hear it. */
function formOf(form: string) {
  const [bits, parity, stop] = form;
  return {
    dataBits: bits === '7' ? 7 : 8,
    parity: PARITIES[parity === 'E' || parity === 'O' ? parity : 'N'],
    stopBits: stop === '2' ? 2 : 1,
  } as const;
}

/** Opens the stream. Errors: TRANSPORT_OPEN. */
export async function openStream(place: Place, tee: Tee): Promise<LinkStream> {
  return 'port' in place
    ? serialStream(place.port, place.baud, place.form ?? '8N2', tee)
    : tcpStream(place.host, place.tcp, tee);
}

async function serialStream(path: string, baud: number, form: string, tee: Tee): Promise<LinkStream> {
  const serial = await openPort({ path, baud, ...formOf(form), what: 'till link' }, tee);
  return {
    serial: true,
    write: (bytes) => void serial.write(bytes).catch(() => {}),
    onData: (listener) => void serial.onData(listener),
    closed: serial.closed.then((error) => error?.message),
    close: () => serial.close(),
  };
}

async function tcpStream(host: string, port: number, tee: Tee): Promise<LinkStream> {
  const socket = connect({ host, port, noDelay: true });
  const address = `${host}:${port}`;
  socket.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      socket.destroy();
      reject(
        new RigError('TRANSPORT_OPEN', 'bench', `no connection to the terminal at ${address}: ${why}`, {
          hint: 'Is the terminal on, in this network, and set to a till over TCP? ZVT is usually at port 20007.',
        }),
      );
    };
    const timer = setTimeout(() => fail('no answer'), CONNECT_WALL_MS);
    socket.once('error', (error) => fail(error.message));
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error').on('error', () => {});
      resolve();
    });
  });
  tee.link('open', address);
  let own = false;
  const closed = new Promise<string | undefined>((resolve) => {
    socket.once('close', () => {
      tee.link(own ? 'closed' : 'lost', address);
      resolve(own ? undefined : `the terminal at ${address} has closed the connection`);
    });
  });
  return {
    serial: false,
    write: (bytes) => {
      if (socket.destroyed) return;
      tee.bytes('out', bytes);
      socket.write(bytes);
    },
    onData: (listener) => {
      socket.on('data', (chunk) => {
        tee.bytes('in', chunk);
        listener(chunk);
      });
      socket.once('end', () => socket.end());
    },
    closed,
    close: async () => {
      own = true;
      socket.destroy();
      await closed;
    },
  };
}
