import { Socket } from 'node:net';
import type { Clock } from '../../../rig/model/time.ts';
import { ToxicLink } from './link.ts';
import type { Ending, Outlet } from './stage.ts';
import type { Stream } from './toxic.ts';

/** Bytes that one direction may hold in toxics and towards a slow receiver before the sender is told to pause. */
const HIGH_WATER = 256 * 1024;
/** How long an end that does not close by itself is waited for after its connection was closed, wall ms. */
const LINGER_WALL_MS = 1000;

/** A client's connection and the proxy's own one to the upstream, with a link of toxics in each direction. */
export class ToxicConnection {
  readonly links: Readonly<Record<Stream, ToxicLink>>;
  readonly closed: Promise<void>;
  readonly traffic = { upstream: 0, downstream: 0 };
  readonly #client: Socket;
  readonly #server = new Socket({ allowHalfOpen: true });
  #connected = false;
  #closing = false;
  #lingering: NodeJS.Timeout | undefined;

  constructor(
    client: Socket,
    upstream: { readonly host: string; readonly port: number },
    clock: Clock,
    random: () => number,
  ) {
    this.#client = client;
    this.links = {
      upstream: new ToxicLink(clock, random, this.#outlet(this.#server, 'upstream')),
      downstream: new ToxicLink(clock, random, this.#outlet(client, 'downstream')),
    };
    this.closed = new Promise((resolve) => {
      let open = 2;
      const gone = () => {
        if (--open > 0) return;
        clearTimeout(this.#lingering);
        for (const link of Object.values(this.links)) link.stop();
        resolve();
      };
      client.once('close', gone);
      this.#server.once('close', gone);
    });
    this.#watch(client, 'upstream');
    this.#watch(this.#server, 'downstream');
    client.on('drain', () => this.#throttle('downstream'));
    this.#server.on('drain', () => this.#throttle('upstream'));
    this.#server.setNoDelay(true);
    this.#server.once('connect', () => {
      this.#connected = true;
    });
    this.#server.connect(upstream);
  }

  /** Closes both ends: `end` after what was written, `reset` with an RST at once. */
  close(how: Ending): void {
    const sockets = [this.#client, this.#server];
    if (how === 'reset') {
      for (const socket of sockets) socket.resetAndDestroy();
      return;
    }
    if (this.#closing) return;
    this.#closing = true;
    for (const link of Object.values(this.links)) link.stop();
    for (const socket of sockets) {
      if (socket.connecting) socket.destroy();
      else socket.end();
      // Data that is left unread would make the kernel send an RST, and the other end lose what it was sent.
      socket.resume();
    }
    this.#lingering = setTimeout(() => this.destroy(), LINGER_WALL_MS);
  }

  /** Ends both sockets at once. */
  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  #watch(socket: Socket, stream: Stream): void {
    const link = this.links[stream];
    let ended = false;
    socket.on('data', (chunk: Buffer) => {
      if (this.#closing) return;
      this.traffic[stream] += chunk.length;
      link.bytes(chunk);
      this.#throttle(stream);
    });
    socket.on('end', () => {
      ended = true;
      if (this.#closing) socket.destroySoon();
      else link.end('end');
    });
    // What went wrong is told with the close.
    socket.on('error', () => {});
    socket.on('close', (failed) => {
      if (this.#closing) return;
      if (socket === this.#server && !this.#connected) this.close('end');
      else if (failed) link.end('reset');
      else if (!ended) link.end('end');
    });
  }

  #outlet(socket: Socket, stream: Stream): Outlet {
    return {
      bytes: (chunk) => {
        if (socket.writable) socket.write(chunk);
        this.#throttle(stream);
      },
      end: (how) => {
        if (how === 'reset') socket.resetAndDestroy();
        else socket.end();
      },
      close: (how) => this.close(how),
    };
  }

  /** A slow receiver, or a toxic that holds, slows the sender down. */
  #throttle(stream: Stream): void {
    const [source, target] =
      stream === 'upstream' ? [this.#client, this.#server] : [this.#server, this.#client];
    const wait = !this.#closing && this.links[stream].held + target.writableLength > HIGH_WATER;
    if (wait === source.isPaused()) return;
    if (wait) source.pause();
    else source.resume();
  }
}
