import { connect, type Socket } from 'node:net';
import type { TlsAcceptor, TlsConnector } from '../../transport/tls.ts';
import type { Towards, Witness } from './witness.ts';

/** How long the acquirer may take to accept a connection and to finish TLS, wall ms. */
const DIAL_WALL_MS = 30_000;
/** How long bytes may wait for a receiver that was reset behind them before the reset is handed on, wall ms. */
const FLUSH_WALL_MS = 5_000;

export interface Route {
  readonly host: string;
  readonly port: number;
  /** Absent: plain TCP. */
  readonly tls?: TlsConnector;
  /** TLS that the terminal speaks to us. */
  readonly accept?: TlsAcceptor;
  /** Dial from the address that the terminal dials from: an address of this machine, as behind a relay. */
  readonly keepSource: boolean;
}

export interface PassageEvents {
  /** The acquirer could not be reached. */
  unreachable(error: Error): void;
  /** The witness failed: a defect of ours, which must not stop the path. */
  failed(error: unknown): void;
  gone(): void;
}

/**
 * One terminal's connection and ours to the acquirer. Every byte is written to the other side before anybody looks at it,
 * so nothing that is wrong with it can hold it up; a receiver that does not keep up slows its sender down, as on a wire.
 * A close of one direction and a reset are handed on behind the bytes that came before.
 */
export class Passage {
  readonly #terminal: Socket;
  readonly #witness: Witness;
  readonly #events: PassageEvents;
  #dialled: Socket | undefined;
  #over = false;

  constructor(terminal: Socket, route: Route, witness: Witness, events: PassageEvents) {
    this.#terminal = terminal;
    this.#witness = witness;
    this.#events = events;
    terminal.on('error', () => undefined);
    terminal.once('close', () => this.#endIfAlone());
    void this.#open(route);
  }

  /** Ends both sides at once. */
  destroy(): void {
    this.#terminal.destroy();
    this.#dialled?.destroy();
    this.#end();
  }

  async #open(route: Route): Promise<void> {
    const [near, far] = await Promise.allSettled([
      route.accept ? route.accept.secure(this.#terminal) : Promise.resolve(this.#terminal),
      this.#dial(route),
    ]);
    if (this.#over) return;
    if (near.status === 'rejected') {
      this.#say('tls failed', `towards the terminal: ${messageOf(near.reason)}`);
      this.destroy();
    } else if (far.status === 'rejected') {
      this.#say('host unreachable', messageOf(far.reason));
      // A terminal that hung up meanwhile proves nothing about the acquirer.
      if (!this.#terminal.destroyed) this.#events.unreachable(far.reason as Error);
      this.#terminal.resetAndDestroy();
      this.#end();
    } else {
      this.#say('connected', `to ${route.host}:${route.port}${protocolOf(far.value)}`);
      const ends = { terminal: near.value, host: far.value };
      this.#join(ends.terminal, ends.host, this.#dialled ?? ends.host, 'in');
      this.#join(ends.host, ends.terminal, this.#terminal, 'out');
    }
  }

  async #dial({ host, port, tls, keepSource }: Route): Promise<Socket> {
    const local = keepSource ? this.#terminal.remoteAddress : undefined;
    const raw = connect({
      host,
      port,
      allowHalfOpen: true,
      noDelay: true,
      ...(local === undefined ? {} : { localAddress: local.replace(/^::ffff:/, '') }),
    });
    this.#dialled = raw;
    raw.once('close', () => this.#endIfAlone());
    return dialled(raw, () => (tls ? tls.secure(raw, host) : Promise.resolve(raw)));
  }

  /** Bytes from one end to the other. `beneath` is the TCP socket of the other end. */
  #join(from: Socket, to: Socket, beneath: Socket, towards: Towards): void {
    const end = towards === 'in' ? 'terminal' : 'host';
    from.on('data', (chunk: Buffer) => {
      if (to.writable && !to.write(chunk)) from.pause();
      this.#tell(() => this.#witness.passed(towards, chunk));
    });
    to.on('drain', () => from.resume());
    from.on('end', () => {
      this.#tell(() => this.#witness.ended(towards));
      this.#say(`${end} closed`);
      to.end();
    });
    from.on('error', (error) => {
      this.#say(`${end} failed`, error.message);
      resetBehind(to, beneath);
    });
    // Ended by our own teardown, or by an error that was handed on above.
    from.on('close', () => {
      if (!to.writableEnded) to.end();
      this.#endIfAlone();
    });
  }

  #endIfAlone(): void {
    const host = this.#dialled;
    if (this.#terminal.destroyed && (host === undefined || host.destroyed)) this.#end();
    // Nobody is left to answer to before the two were joined.
    else if (this.#terminal.destroyed && host?.connecting) host.destroy();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#tell(() => this.#witness.closed());
    this.#say('closed');
    this.#events.gone();
  }

  #say(state: string, detail?: string): void {
    this.#tell(() => this.#witness.link(state, detail));
  }

  #tell(observe: () => void): void {
    try {
      observe();
    } catch (error) {
      this.#events.failed(error);
    }
  }
}

/** A connection that stands (TLS and all), or why not, within the deadline. */
export async function dialled(raw: Socket, secure: () => Promise<Socket>): Promise<Socket> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no connection within ${DIAL_WALL_MS / 1000} s`)),
      DIAL_WALL_MS,
    );
  });
  try {
    const connected = new Promise<void>((resolve, reject) => {
      raw.once('connect', resolve);
      raw.on('error', reject);
      raw.once('close', () => reject(new Error('closed before it was connected')));
    });
    return await Promise.race([connected.then(secure), overdue]);
  } catch (error) {
    raw.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Hands a reset on: when everything that was written has left, or after a while at the latest. */
function resetBehind(to: Socket, beneath: Socket): void {
  if (beneath.destroyed) return;
  const reset = () => {
    clearTimeout(late);
    if (!beneath.destroyed) beneath.resetAndDestroy();
  };
  const late = setTimeout(reset, FLUSH_WALL_MS);
  if (to.writableLength === 0 || !to.writable) reset();
  else to.write('', reset);
}

const protocolOf = (socket: Socket): string =>
  'getProtocol' in socket && typeof socket.getProtocol === 'function' ? `, ${socket.getProtocol()}` : '';

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
