import type { Socket } from 'node:net';
import type { ArmedFault, DriverContext, NetworkPlane, PathWanted } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import type { Fault } from '../../../rig/model/fault.ts';
import type { MessageDirection } from '../../../rig/model/message.ts';
import type { Access, Region } from '../../../rig/model/region.ts';
import type { Dialect } from '../../codec/iso8583/index.ts';
import { Connection, type ConnectionHost } from './connection.ts';
import { checkEgress } from './egress.ts';
import { FaultDesk } from './fault-desk.ts';
import { Listener } from './listener.ts';
import { jitterOf, type Path, roundTrip } from './path-delay.ts';
import type { RelayFault } from './relay-fault.ts';

/** A terminal has a handful of connections; more at a time than this are turned away. */
const MOST_CONNECTIONS = 256;

export interface RelayConfig {
  readonly listen: { readonly host: string; readonly port: number };
  readonly to: { readonly host: string; readonly port: number };
  /** How messages are framed and told apart; without one the relay sees bytes only. */
  readonly dialect: Dialect | undefined;
  readonly regions: ReadonlyMap<string, Region>;
  readonly access: ReadonlyMap<string, Access>;
}

type Context = Pick<DriverContext, 'clock' | 'recorder' | 'seed' | 'lost'>;

/**
 * The path between terminal and host as a userspace relay. Until the first `setPath` it is direct: no delay, no source
 * address of its own. A relay cannot delay the TCP handshake, which the kernels finish among themselves: the round trip
 * that it would have taken is added to the first request bytes of each connection instead.
 */
export class RelayPlane implements NetworkPlane {
  readonly #config: RelayConfig;
  readonly #context: Context;
  readonly #listener: Listener;
  readonly #connections = new Set<Connection>();
  readonly #faults: FaultDesk;
  #path: Path | undefined;
  #accepted = 0;
  readonly #past = { request: 0, response: 0 };
  #listening: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(config: RelayConfig, context: Context) {
    this.#config = config;
    this.#context = context;
    const { host, port } = config.listen;
    this.#listener = new Listener(host, port, (socket) => this.#accept(socket), context.lost);
    this.#faults = new FaultDesk(context, {
      endCut: (fault) => this.#end([...this.#connections].filter(({ cutBy }) => cutBy === fault)),
      matchListener: () => this.#matchListener(),
      longestDelay: () => 2 * (roundTrip(this.#path) + jitterOf(this.#path)),
    });
  }

  /**
   * Listens at once, so that a port that is not to be had shows when the bench is opened.
   * @throws TRANSPORT_OPEN, blame bench
   */
  static async open(config: RelayConfig, context: Context): Promise<RelayPlane> {
    const plane = new RelayPlane(config, context);
    await plane.#listener.open();
    return plane;
  }

  get facts(): Readonly<Record<string, string>> {
    const { host, port } = this.address;
    return {
      address: `${host}:${port}`,
      to: `${this.#config.to.host}:${this.#config.to.port}`,
      layer: 'userspace relay',
      handshake: 'not delayed; its round trip is added to the first request of a connection',
    };
  }

  get address(): { readonly host: string; readonly port: number } {
    return this.#listener.address;
  }

  get regions(): readonly string[] {
    return [...this.#config.regions.keys()];
  }

  get accesses(): readonly string[] {
    return [...this.#config.access.keys()];
  }

  traffic(): { readonly connections: number; readonly request: number; readonly response: number } {
    const sum = { connections: this.#accepted, ...this.#past };
    for (const { traffic } of this.#connections) {
      sum.request += traffic.request;
      sum.response += traffic.response;
    }
    return sum;
  }

  async setPath(wanted: PathWanted): Promise<void> {
    const path = {
      region: known(this.#config.regions, wanted.region ?? this.#path?.region.id ?? '', 'region'),
      access: known(this.#config.access, wanted.access ?? this.#path?.access.id ?? '', 'access network'),
    };
    if (path.region['pos-service'] === 'available') await checkEgress(path.region);
    const moved = path.region.id !== this.#path?.region.id || path.access.id !== this.#path.access.id;
    this.#path = path;
    await this.#matchListener();
    // A cut connection sees nothing of the move, not even a close; it ends when its fault is healed.
    if (moved) await this.#end([...this.#connections].filter((connection) => !connection.cutBy));
    this.#context.recorder.record({
      type: 'path',
      region: path.region.id,
      access: path.access.id,
      egress: path.region.egress,
      rttMs: roundTrip(path),
      jitterMs: jitterOf(path),
    });
  }

  arm(fault: Fault): Promise<ArmedFault> {
    return this.#faults.arm(fault);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    this.#faults.close();
    await this.#end([...this.#connections]);
    await this.#listening;
    this.#listener.close();
  }

  // Connections

  #accept(socket: Socket): void {
    if (this.#closed || this.#connections.size >= MOST_CONNECTIONS) {
      socket.on('error', () => {});
      socket.resetAndDestroy();
      return;
    }
    const { cutBy, hold } = this.#faults.receive();
    const connection = new Connection(++this.#accepted, socket, this.#path, this.#connectionHost());
    this.#connections.add(connection);
    if (cutBy) this.#cut(cutBy);
    else connection.dial(this.#path?.region.egress, hold);
  }

  #connectionHost(): ConnectionHost {
    return {
      ...this.#context,
      dialect: this.#config.dialect,
      to: this.#config.to,
      concerns: (direction) => this.#faults.concerns(direction),
      judge: (direction, message, bytes) => this.#faults.judge(direction, message, bytes),
      cut: (fault, origin, direction) =>
        this.#faults.cutNow(fault, () => this.#cut(fault, origin, direction)),
      gone: (connection) => {
        this.#connections.delete(connection);
        this.#past.request += connection.traffic.request;
        this.#past.response += connection.traffic.response;
      },
    };
  }

  /** On the connection where the message is, bytes of its direction that were let through before still arrive. */
  #cut(fault: RelayFault, origin?: Connection, direction?: MessageDirection): void {
    for (const connection of this.#connections) {
      connection.cut(fault, connection === origin ? direction : undefined);
    }
  }

  async #end(connections: readonly Connection[]): Promise<void> {
    for (const connection of connections) connection.destroy();
    await Promise.all(connections.map((connection) => connection.closed));
  }

  // The port

  /** Opens or closes the port as path and faults want it, one change after the other. */
  #matchListener(): Promise<void> {
    const change = this.#listening.then(async () => {
      if (this.#closed) return;
      const { refusals } = this.#faults;
      if (refusals.length === 0 && this.#path?.region['pos-service'] !== 'none') {
        await this.#listener.open();
        return;
      }
      await this.#listener.refuse();
      for (const fault of refusals) fault.confirmed = true;
    });
    this.#listening = change.catch(() => {});
    return change;
  }
}

function known<T>(map: ReadonlyMap<string, T>, id: string, what: string): T {
  const found = map.get(id);
  if (found !== undefined) return found;
  throw new RigError('NETWORK_REGION', 'file', `there is no ${what} "${id}"`, {
    hint: `Known are: ${[...map.keys()].join(', ')}.`,
  });
}
