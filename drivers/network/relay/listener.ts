import { connect, createServer, type Server, type Socket } from 'node:net';
import { isRigError, RigError } from '../../../rig/model/errors.ts';
import { type Endpoint, hostPort } from '../endpoint.ts';

/** How long the kernel may take to give back a port or to answer on loopback, wall ms. */
const PORT_WALL_MS = 5_000;

/** Opens a listening socket on an address; rejects with the code EADDRINUSE when it is taken. */
export type OpensSocket = (at: Endpoint) => Promise<Server>;

/**
 * The port that the terminal dials. While it refuses, nothing listens: the kernel itself answers ECONNREFUSED, as it
 * does where nobody serves terminals. Opening and refusing are both verified before they resolve.
 */
export class Listener {
  readonly #host: string;
  #port: number;
  readonly #accept: (socket: Socket) => void;
  readonly #lost: (error: RigError) => void;
  readonly #socket: OpensSocket | undefined;
  #server: Server | undefined;

  /** @param socket opens the socket; default: an ordinary one */
  constructor(
    host: string,
    port: number,
    accept: (socket: Socket) => void,
    lost: (error: RigError) => void,
    socket?: OpensSocket,
  ) {
    this.#socket = socket;
    this.#host = host;
    this.#port = port;
    this.#accept = accept;
    this.#lost = lost;
  }

  /** Port 0 becomes the port that the kernel chose when first opened, and stays that one. */
  get address(): { readonly host: string; readonly port: number } {
    return { host: this.#host, port: this.#port };
  }

  get isOpen(): boolean {
    return this.#server?.listening ?? false;
  }

  /**
   * Listens (again). Resolves when the kernel does.
   * @throws TRANSPORT_OPEN, blame bench, when the port is not to be had
   */
  async open(): Promise<void> {
    const deadline = Date.now() + PORT_WALL_MS;
    while (!this.isOpen) {
      try {
        await this.#listen();
      } catch (cause) {
        // Between refusing and reopening, somebody's outgoing connection may have been given our port for a moment.
        const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
        if (isRigError(cause)) throw cause;
        if (!taken || this.#port === 0 || Date.now() > deadline) {
          throw new RigError(
            'TRANSPORT_OPEN',
            'bench',
            `the relay cannot listen on ${hostPort(this.address)}`,
            {
              cause,
              hint: 'Check that the address is one of this machine and that nothing else uses the port.',
            },
          );
        }
        await pause(50);
      }
    }
  }

  async #listen(): Promise<void> {
    const [host, port] = [this.#host, this.#port];
    const opened = await this.#socket?.({ host, port });
    const server = createServer({ allowHalfOpen: true, noDelay: true }, this.#accept);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(opened ?? { host, port, exclusive: true }, () => {
        server.removeListener('error', reject);
        server.on('error', (cause) =>
          this.#lost(new RigError('NETWORK_RELAY', 'bench', 'the relay can no longer listen', { cause })),
        );
        const address = server.address();
        if (address !== null && typeof address === 'object') this.#port = address.port;
        this.#server = server;
        resolve();
      });
    });
  }

  /**
   * Stops listening; connections that exist stay. Resolves when a connection attempt of our own was refused.
   * @throws NETWORK_FAULT, blame bench, when the port answers all the same
   */
  async refuse(): Promise<void> {
    this.close();
    if (this.#port === 0) return;
    const deadline = Date.now() + PORT_WALL_MS;
    while (!(await this.#isRefused())) {
      if (Date.now() > deadline) {
        throw new RigError(
          'NETWORK_FAULT',
          'bench',
          `port ${this.#port} on ${this.#host} still answers though the relay does not listen`,
          { hint: 'Another program listens on it: give the relay a port of its own.' },
        );
      }
      await pause(50);
    }
  }

  /** Stops listening, unverified; for teardown. */
  close(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  #isRefused(): Promise<boolean> {
    const host = this.#host === '0.0.0.0' ? '127.0.0.1' : this.#host === '::' ? '::1' : this.#host;
    return new Promise((resolve) => {
      const probe = connect({ host, port: this.#port });
      const done = (refused: boolean) => {
        clearTimeout(late);
        probe.destroy();
        resolve(refused);
      };
      const late = setTimeout(() => done(false), PORT_WALL_MS);
      probe.once('connect', () => done(false));
      probe.once('error', (error) => done('code' in error && error.code === 'ECONNREFUSED'));
    });
  }
}

const pause = (wallMs: number) => new Promise<void>((resolve) => setTimeout(resolve, wallMs));
