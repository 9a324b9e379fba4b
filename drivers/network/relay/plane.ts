import type { Socket } from 'node:net';
import type { ArmedFault, DriverContext, NetworkPlane, PathWanted } from '../../../rig/bench/planes.ts';
import { toRigError } from '../../../rig/model/errors.ts';
import type { Fault, LiveConnections } from '../../../rig/model/fault.ts';
import { placePoint } from '../../../rig/model/fault-rules.ts';
import type { Dialect } from '../../codec/iso8583/index.ts';
import { hostPort } from '../endpoint.ts';
import type { RelayConfig } from './config.ts';
import { Connection } from './connection.ts';
import type { ConnectionHost } from './connection-host.ts';
import { Deeds } from './deeds.ts';
import type { DnsResponder } from './dns.ts';
import { checkEgress } from './egress.ts';
import { exactly } from './exact-timer.ts';
import { FaultDesk } from './fault-desk.ts';
import { type RelayMeans, unableTo } from './fault-point.ts';
import { Listener } from './listener.ts';
import { openLookUps } from './look-ups.ts';
import { jitterOf, type Path, roundTrip, withoutDelay } from './path-delay.ts';
import type { RelayFault } from './relay-fault.ts';
import { Tape } from './tape.ts';
import { checkPlaces, pathEvent, pathTo } from './whereabouts.ts';

/** More connections at a time than this are turned away. */
const MOST_CONNECTIONS = 4096;

/** What a connection that died in a move is swallowed by. */
const GHOST = 'move';

type Context = Pick<DriverContext, 'clock' | 'recorder' | 'seed' | 'lost'>;

/**
 * The path between terminal and host as a userspace relay. Until the first `setPath` it is direct: no delay, no source
 * address of its own. A relay cannot delay the TCP handshake, which the kernels finish among themselves: the round trip
 * that it would have taken is added to the first request bytes of each connection instead.
 */
export class RelayPlane implements NetworkPlane {
  readonly #config: RelayConfig;
  readonly #context: Context;
  readonly #tape: Tape;
  readonly #listener: Listener;
  readonly #connections = new Set<Connection>();
  readonly #faults: FaultDesk;
  readonly #deeds: Deeds;
  readonly #host: ConnectionHost;
  #dns: DnsResponder | undefined;
  /** As the connections of the relay take it. */
  #path: Path | undefined;
  /** As the files have it. */
  #figures: Path | undefined;
  #accepted = 0;
  readonly #past = { request: 0, response: 0 };
  #listening: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(config: RelayConfig, context: Context) {
    this.#config = config;
    this.#context = context;
    const { clock, lost, seed } = context;
    this.#tape = new Tape(
      context.recorder,
      clock,
      lost,
      config.behindWallMs,
      () => config.evidenceWaits === true && this.#faults.timed,
    );
    const { host, port } = config.listen;
    const accept = (socket: Socket) => this.#accept(socket);
    this.#listener = new Listener(host, port, accept, context.lost, config.socket);
    this.#faults = new FaultDesk(
      { clock, lost, seed, tape: this.#tape },
      {
        means: this.#means,
        region: () => this.#path?.region.id,
        connections: () => [...this.#connections].map(({ id }) => id),
        endCut: (fault) =>
          this.#end([...this.#connections].filter(({ swallowedBy }) => swallowedBy === fault)),
        matchListener: () => this.#matchListener(),
        handover: (fault) => this.#handover(fault),
        longestDelay: () => 2 * (roundTrip(this.#figures) + jitterOf(this.#figures)),
      },
    );
    this.#deeds = new Deeds(clock, this.#faults, () => this.#connections, lost);
    this.#host = this.#makeHost();
  }

  get #means(): RelayMeans {
    const { tls, dns } = this.#config;
    return {
      dialogue: this.#dialect !== undefined,
      tls: tls ? (tls.terminates ? 'terminate' : 'pass-through') : 'none',
      dns: dns !== undefined,
    };
  }

  /** The dialect, as far as its messages can be read: not under TLS that passes through. */
  get #dialect(): Dialect | undefined {
    return this.#config.tls?.terminates === false ? undefined : this.#config.dialect;
  }

  /**
   * Listens at once, so that a port that is not to be had shows when the bench is opened.
   * @throws TRANSPORT_OPEN, blame bench
   */
  static async open(config: RelayConfig, context: Context): Promise<RelayPlane> {
    const plane = new RelayPlane(config, context);
    await plane.#listener.open();
    try {
      await plane.#answerLookUps();
    } catch (error) {
      plane.#listener.close();
      throw error;
    }
    return plane;
  }

  async #answerLookUps(): Promise<void> {
    const { dns } = this.#config;
    if (!dns) return;
    this.#dns = await openLookUps(dns, {
      tape: this.#tape,
      address: () => this.address,
      region: () => this.#path?.region,
      fails: () => this.#faults.lookUp(),
    });
  }

  get facts(): Readonly<Record<string, string>> {
    return {
      address: hostPort(this.address),
      to: hostPort(this.#config.to),
      layer: 'userspace relay',
      ...(this.#dns ? { dns: hostPort(this.#dns.address) } : {}),
      handshake: this.#config.below?.delays
        ? 'delayed as every packet is, by the layer below'
        : 'not delayed; its round trip is added to the first request of a connection',
    };
  }

  get address(): { readonly host: string; readonly port: number } {
    return this.#listener.address;
  }

  /** What has been seen and is not in the journal yet: none at the pace of terminals. */
  get backlog(): number {
    return this.#tape.backlog;
  }

  /** Where look-ups are answered; undefined: nowhere. */
  get resolver(): { readonly host: string; readonly port: number } | undefined {
    return this.#dns?.address;
  }

  /** Where the terminal is; undefined before the first `setPath`. */
  get path(): Path | undefined {
    return this.#figures;
  }

  get regions(): readonly string[] {
    return [...this.#config.regions.keys()];
  }

  get accesses(): readonly string[] {
    return [...this.#config.access.keys()];
  }

  live(): number {
    return this.#connections.size;
  }

  traffic(): { readonly connections: number; readonly request: number; readonly response: number } {
    const sum = { connections: this.#accepted, ...this.#past };
    for (const { traffic } of this.#connections) {
      sum.request += traffic.request;
      sum.response += traffic.response;
    }
    return sum;
  }

  setPath(wanted: PathWanted): Promise<void> {
    return this.#setPath(wanted, false);
  }

  async #setPath(wanted: PathWanted, inOrder: boolean): Promise<void> {
    const path = pathTo(this.#config, wanted, this.#path);
    if (path.region['pos-service'] === 'available')
      await checkEgress(path.region, path.to ?? this.#config.to);
    const moved = path.region.id !== this.#path?.region.id || path.access.id !== this.#path.access.id;
    await this.#config.below?.move(path, wanted.live ?? 'fin');
    this.#figures = path;
    this.#path = this.#config.below?.delays ? withoutDelay(path) : path;
    await this.#matchListener();
    // A cut connection sees nothing of the move, not even a close; it ends when its fault is healed.
    if (moved) await this.#moveConnections(this.#path, wanted.live ?? 'fin', inOrder);
    this.#tape.record(pathEvent(path));
  }

  /** Connections that an earlier move left for dead end now: both ends have long lost them. */
  async #moveConnections(path: Path, live: LiveConnections, inOrder: boolean): Promise<void> {
    const ghosts = [...this.#connections].filter(({ swallowedBy }) => swallowedBy?.id === GHOST);
    const ghost = { id: GHOST, swallowed: { request: 0, response: 0 } };
    for (const connection of [...this.#connections]) connection.move(path, live, ghost, inOrder);
    await this.#end(ghosts);
  }

  async #handover(fault: RelayFault): Promise<void> {
    const { to, access, live = 'fin' } = fault.fault;
    const wanted = {
      ...(to === undefined ? {} : { region: to }),
      ...(access === undefined ? {} : { access }),
      live,
    };
    await this.#setPath(wanted, true);
    fault.told = `moved to ${this.#path?.region.id} over ${this.#path?.access.id}, live connections ${live}`;
  }

  unable(fault: Fault): string | undefined {
    const point = placePoint(fault.at);
    return point && unableTo(fault, this.#means, point);
  }

  /** @throws NETWORK_FAULT, NETWORK_REGION for a fault that could never be shown to be in force */
  async arm(fault: Fault): Promise<ArmedFault> {
    checkPlaces(this.#config, fault, this.#path);
    return this.#faults.arm(fault);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    this.#faults.close();
    await this.#dns?.close();
    await this.#end([...this.#connections]);
    await this.#listening;
    this.#listener.close();
    await this.#tape.close();
  }

  // Connections

  #accept(socket: Socket): void {
    if (this.#closed || this.#connections.size >= MOST_CONNECTIONS) {
      socket.on('error', () => {});
      socket.resetAndDestroy();
      return;
    }
    const number = ++this.#accepted;
    const { strikes, cutBy, hold } = this.#faults.receive(`c${number}`);
    const connection = new Connection(number, socket, this.#path, this.#host);
    this.#connections.add(connection);
    this.#deeds.atConnect(connection, strikes);
    if (cutBy) connection.silence(cutBy);
    else if (!connection.swallowedBy) this.#inBackground(connection.dial(hold));
  }

  #makeHost(): ConnectionHost {
    const { clock, seed } = this.#context;
    return {
      clock: exactly(clock),
      seed,
      tape: this.#tape,
      dialect: this.#dialect,
      framing: this.#config.framing ?? 'raw',
      tls: this.#config.tls,
      to: this.#config.to,
      faults: this.#faults,
      act: (strike, connection, direction, since) => this.#deeds.act(strike, connection, direction, since),
      gone: (connection) => {
        this.#connections.delete(connection);
        this.#past.request += connection.traffic.request;
        this.#past.response += connection.traffic.response;
      },
    };
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error) => this.#context.lost(toRigError(error)));
  }

  async #end(connections: readonly Connection[]): Promise<void> {
    for (const connection of connections) connection.destroy();
    await Promise.all(connections.map((connection) => connection.closed.over()));
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
