import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { HostPlane } from '../../../../rig/bench/planes.ts';
import type { EventBody, EventOf, EventType } from '../../../../rig/model/event.ts';
import { packaged } from '../../../../rig/model/package-root.ts';
import { makeClock } from '../../../../rig/model/time.ts';
import { cards, dialect } from '../../testing/terminal.ts';
import { enframe, type Framing, unframer } from '../../wire/framing.ts';
import { openObserver } from '../driver.ts';
import { ObserverOptions } from '../options.ts';

export const resolve = (path: string) =>
  path.startsWith('posrig:') ? packaged(path.slice('posrig:'.length)) : path;

/** Something that listens in the place of an acquirer, and an observer in front of it; closed by `close`. */
export class Stand {
  readonly events: EventBody[] = [];
  readonly lost: Error[] = [];
  /** Called with every event, before it is kept. */
  onEvent: (event: EventBody) => void = () => undefined;
  readonly #open: (() => unknown)[] = [];

  of<T extends EventType>(type: T): EventOf<T>[] {
    return this.events.filter((event): event is EventOf<T> => event.type === type);
  }

  /** An acquirer made by the test: every connection is handed to `serve`. */
  async acquirer(serve: (socket: Socket) => void): Promise<string> {
    const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      this.later(() => socket.destroy());
      serve(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.later(() => server.close());
    return addressOf(server);
  }

  async observe(to: string, options: Record<string, unknown> = {}): Promise<HostPlane> {
    const parsed = ObserverOptions.parse({ listen: '127.0.0.1:0', to, ...options });
    const plane = await openObserver(parsed, {
      clock: makeClock(1),
      cards,
      resolve,
      recorder: {
        record: (event) => {
          this.onEvent(event);
          this.events.push(event);
        },
      },
      lost: (error) => this.lost.push(error),
    });
    this.later(() => plane.close());
    return plane;
  }

  /** A terminal's connection. */
  async dial(plane: HostPlane): Promise<Socket> {
    const socket = connect({ ...plane.address, allowHalfOpen: true, noDelay: true });
    socket.on('error', () => undefined);
    this.later(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  }

  later(close: () => unknown): void {
    this.#open.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.#open.splice(0).reverse()) await close();
  }
}

export const addressOf = (server: { address(): unknown }): string => {
  const { port } = server.address() as { port: number };
  return `127.0.0.1:${port}`;
};

/** Sends a request and waits for the next frame that comes back. */
export class Caller {
  readonly #socket: Socket;
  readonly #framing: Framing;
  readonly #frames: Uint8Array[] = [];
  #wake: () => void = () => undefined;

  constructor(socket: Socket, framing: Framing = 'raw') {
    this.#socket = socket;
    this.#framing = framing;
    const reader = unframer(framing, 'response', dialect);
    socket.on('data', (chunk) => {
      for (const found of reader.push(chunk)) if ('frame' in found) this.#frames.push(found.frame);
      this.#wake();
    });
  }

  send(frame: Uint8Array): void {
    this.#socket.write(enframe(this.#framing, 'request', frame));
  }

  async ask(frame: Uint8Array): Promise<Uint8Array> {
    this.send(frame);
    return this.next();
  }

  async next(): Promise<Uint8Array> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame) return frame;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
  }
}

/** Resolves when `seen` holds; looks again whenever the event loop has turned. The test's own deadline is the limit. */
export async function until(seen: () => boolean): Promise<void> {
  while (!seen()) await new Promise<void>((turn) => setImmediate(turn));
}

/** All bytes of one direction, up to its end. */
export async function drained(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
