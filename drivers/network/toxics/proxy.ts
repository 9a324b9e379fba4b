import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../../rig/model/time.ts';
import type { Endpoint } from '../endpoint.ts';
import { ToxicConnection } from './connection.ts';
import type { Toxic } from './toxic.ts';

/** More connections than this at a time are turned away. */
const MOST_CONNECTIONS = 2048;

/** What a proxy tells of its connections. */
export type ProxyNews = (connection: string, state: 'opened' | 'closed', detail: string) => void;

export interface ToxicProxyOptions {
  readonly name: string;
  /** Address to listen on; port 0 becomes the one that the kernel chose, and stays that. */
  readonly listen: Endpoint;
  readonly upstream: Endpoint;
  readonly clock: Clock;
  readonly random: () => number;
  readonly news?: ProxyNews;
}

/** A listening port, an upstream, and the toxics between them. */
export class ToxicProxy {
  readonly name: string;
  readonly upstream: Endpoint;
  readonly #options: ToxicProxyOptions;
  readonly #connections = new Set<ToxicConnection>();
  /** In the order in which they were added. */
  readonly #toxics = new Map<string, Toxic>();
  #listen: Endpoint;
  #server: Server | undefined;
  #accepted = 0;

  constructor(options: ToxicProxyOptions) {
    this.#options = options;
    this.name = options.name;
    this.upstream = options.upstream;
    this.#listen = options.listen;
  }

  get listen(): Endpoint {
    return this.#listen;
  }

  get enabled(): boolean {
    return this.#server !== undefined;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Upstream ones first, each direction in the order in which its bytes meet them. */
  get toxics(): readonly Toxic[] {
    const all = [...this.#toxics.values()];
    return [
      ...all.filter(({ stream }) => stream === 'upstream'),
      ...all.filter(({ stream }) => stream === 'downstream'),
    ];
  }

  toxic(name: string): Toxic | undefined {
    return this.#toxics.get(name);
  }

  /** Listens; resolves when the kernel does, rejects with its error. */
  async start(): Promise<void> {
    if (this.#server) return;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
    this.#server = server;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ ...this.#listen, exclusive: true }, () => {
          server.removeListener('error', reject);
          // Accepting can fail later, e.g. for want of file descriptors: the next attempt may succeed.
          server.on('error', () => {});
          resolve();
        });
      });
    } catch (error) {
      this.#server = undefined;
      throw error;
    }
    const address = server.address();
    if (address !== null && typeof address === 'object') {
      this.#listen = { host: address.address, port: address.port };
    }
  }

  /** Stops listening and ends all connections; resolves when they are gone. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server ? new Promise((resolve) => server.close(resolve)) : undefined;
    const connections = [...this.#connections];
    for (const connection of connections) connection.destroy();
    await Promise.all([closed, ...connections.map((connection) => connection.closed)]);
  }

  /** Puts a toxic in force, or a changed one in the place of the one of that name, on live connections too. */
  put(toxic: Toxic): void {
    const change = this.#toxics.has(toxic.name) ? 'update' : 'add';
    this.#toxics.set(toxic.name, toxic);
    for (const { links } of this.#connections) links[toxic.stream][change](toxic);
  }

  remove(name: string): void {
    const toxic = this.#toxics.get(name);
    if (!toxic) return;
    this.#toxics.delete(name);
    for (const { links } of [...this.#connections]) links[toxic.stream].remove(name);
  }

  #accept(socket: Socket): void {
    if (!this.#server || this.#connections.size >= MOST_CONNECTIONS) {
      socket.on('error', () => {});
      socket.resetAndDestroy();
      return;
    }
    const { clock, random, news } = this.#options;
    const id = `${this.name}#${++this.#accepted}`;
    const connection = new ToxicConnection(socket, this.upstream, clock, random);
    this.#connections.add(connection);
    for (const toxic of this.#toxics.values()) connection.links[toxic.stream].add(toxic);
    news?.(id, 'opened', `${socket.remoteAddress}:${socket.remotePort}`);
    void connection.closed.then(() => {
      this.#connections.delete(connection);
      const { upstream, downstream } = connection.traffic;
      news?.(id, 'closed', `${upstream} bytes upstream, ${downstream} downstream`);
    });
  }
}
