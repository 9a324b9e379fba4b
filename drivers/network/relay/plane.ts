import { createServer, type Socket } from 'node:net';
import type { ArmedFault, DriverContext, NetworkPlane } from '../../../rig/bench/planes.ts';
import { RigError, toRigError } from '../../../rig/model/errors.ts';
import type { Fault, FaultProof } from '../../../rig/model/fault.ts';
import type { DialogueMessage, MessageDirection } from '../../../rig/model/message.ts';
import type { Access, Region } from '../../../rig/model/region.ts';
import { parseDuration } from '../../../rig/model/time.ts';
import type { Dialect } from '../../codec/iso8583/index.ts';
import { Connection, type ConnectionHost } from './connection.ts';
import type { Deed } from './flow.ts';
import { Listener } from './listener.ts';
import { jitterOf, type Path, roundTrip } from './path-delay.ts';
import { RelayFault } from './relay-fault.ts';

/** A terminal has a handful of connections; more at a time than this are turned away. */
const MOST_CONNECTIONS = 256;
/** How long sockets may take to close, and the last bytes of a fault to be taken, wall ms. */
const CLOSING_WALL_MS = 2_000;

export interface RelayConfig {
  readonly listen: { readonly host: string; readonly port: number };
  readonly to: { readonly host: string; readonly port: number };
  readonly dialect: Dialect;
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
  #faults: RelayFault[] = [];
  #path: Path | undefined;
  #accepted = 0;
  #armed = 0;
  readonly #past = { request: 0, response: 0 };
  #listening: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(config: RelayConfig, context: Context) {
    this.#config = config;
    this.#context = context;
    const { host, port } = config.listen;
    this.#listener = new Listener(host, port, (socket) => this.#accept(socket), context.lost);
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

  async setPath(wanted: { readonly region: string; readonly access: string }): Promise<void> {
    const path = {
      region: known(this.#config.regions, wanted.region, 'region'),
      access: known(this.#config.access, wanted.access, 'access network'),
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

  async arm(asked: Fault): Promise<ArmedFault> {
    const { clock } = this.#context;
    const fault = new RelayFault(`fault-${++this.#armed}`, asked, clock.now());
    refuseNonsense(fault);
    this.#recordFault('asked', fault);
    fault.phase = 'armed';
    this.#faults.push(fault);
    await this.#refuseIfDue();
    fault.armedAt = clock.now();
    this.#recordFault('armed', fault);
    if (fault.struck) this.#struck(fault);
    return {
      id: fault.id,
      proof: () => fault.proof(),
      heal: () => this.#heal(fault),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    for (const fault of this.#faults.splice(0)) {
      fault.cancelHeal();
      fault.release();
      this.#recordFault('closed', fault);
    }
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
    for (const fault of this.#faults) {
      const { heal } = fault.fault;
      if (fault.stands && typeof heal === 'object' && 'on' in heal) this.#inBackground(this.#healNow(fault));
    }
    const connection = new Connection(++this.#accepted, socket, this.#path, this.#connectionHost());
    this.#connections.add(connection);
    const holds: Promise<void>[] = [];
    for (const fault of this.#faults) {
      if (!fault.meetsConnection()) continue;
      if (fault.fault.do === 'delay') holds.push(this.#holdFor(fault));
      this.#struck(fault);
    }
    this.#inBackground(this.#refuseIfDue());
    const cut = this.#faults.find((fault) => fault.stands && fault.fault.do === 'cut');
    if (cut) this.#cutAll(cut);
    else connection.dial(this.#path?.region.egress, holds.length > 0 ? all(holds) : undefined);
  }

  #connectionHost(): ConnectionHost {
    return {
      ...this.#context,
      dialect: this.#config.dialect,
      to: this.#config.to,
      concerns: (direction) => this.#faults.some((fault) => fault.concerns(direction)),
      judge: (direction, message, bytes) => this.#judge(direction, message, bytes),
      cut: (fault, origin, direction) => this.#cutAll(fault, origin, direction),
      gone: (connection) => {
        this.#connections.delete(connection);
        this.#past.request += connection.traffic.request;
        this.#past.response += connection.traffic.response;
      },
    };
  }

  async #end(connections: readonly Connection[]): Promise<void> {
    for (const connection of connections) connection.destroy();
    await Promise.all(connections.map((connection) => connection.closed));
  }

  // Faults

  #judge(direction: MessageDirection, message: DialogueMessage | undefined, bytes: number): Deed[] {
    const deeds: Deed[] = [];
    for (const fault of this.#faults) {
      if (!fault.meets(direction, message, bytes, this.#context.clock.now())) continue;
      const at = fault.point.at === 'message' ? fault.point.byte : 0;
      switch (fault.fault.do) {
        case 'cut':
          deeds.push({ at, fault, do: 'cut' });
          break;
        case 'delay':
          deeds.push({ at, fault, do: 'hold', until: () => this.#holdFor(fault) });
          break;
        case 'refuse':
          deeds.push({ at, fault, do: 'hold', until: () => this.#confirmed(fault) });
          break;
      }
      if (fault.fault.do === 'delay') this.#struck(fault);
    }
    return deeds.sort((a, b) => a.at - b.at);
  }

  #cutAll(fault: RelayFault, origin?: Connection, direction?: MessageDirection): void {
    for (const connection of this.#connections) {
      connection.cut(fault, connection === origin ? direction : undefined);
    }
    if (origin) this.#struck(fault);
  }

  /** Holds for the fault's delay, or until it is healed. */
  async #holdFor(fault: RelayFault): Promise<void> {
    const { clock } = this.#context;
    const since = clock.now();
    await new Promise<void>((resolve) => {
      const cancel = clock.after(fault.delay, resolve);
      fault.release = () => {
        cancel();
        resolve();
      };
    });
    fault.heldMs = clock.now() - since;
  }

  /** The message that sets off a refusal goes on only when the port is seen to be closed. */
  async #confirmed(fault: RelayFault): Promise<void> {
    try {
      await this.#matchListener();
    } catch (error) {
      fault.fail(toRigError(error));
    }
    this.#struck(fault);
  }

  async #refuseIfDue(): Promise<void> {
    const due = this.#faults.filter((fault) => fault.mustRefuseNext());
    if (due.length === 0) return;
    for (const fault of due) fault.strikeBeforehand();
    await this.#matchListener();
    for (const fault of due) if (fault.armedAt !== undefined) this.#struck(fault);
  }

  #struck(fault: RelayFault): void {
    this.#recordFault('struck', fault);
    const { heal } = fault.fault;
    if (typeof heal === 'object' && 'after' in heal) {
      const ms = parseDuration(heal.after) ?? 0;
      fault.cancelHeal = this.#context.clock.after(ms, () => this.#inBackground(this.#heal(fault)));
    }
  }

  async #heal(fault: RelayFault): Promise<FaultProof> {
    if (fault.phase !== 'healed' && fault.struck && fault.fault.do === 'cut') {
      await this.#settled(fault);
    }
    await this.#healNow(fault);
    return fault.proof();
  }

  /** Bytes that the fault lets through may still be under way when it is healed. */
  async #settled(fault: RelayFault): Promise<void> {
    const { clock } = this.#context;
    const longest = 2 * (roundTrip(this.#path) + jitterOf(this.#path));
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = clock.after(longest + CLOSING_WALL_MS * clock.rate, resolve);
    });
    await Promise.race([fault.settled, late]);
    cancel();
  }

  /** Ends a fault. The path is whole in this turn; resolves when that is verified. */
  #healNow(fault: RelayFault): Promise<void> {
    fault.healing ??= this.#undo(fault);
    return fault.healing;
  }

  async #undo(fault: RelayFault): Promise<void> {
    const refused = fault.stands && fault.fault.do === 'refuse';
    fault.phase = 'healed';
    fault.cancelHeal();
    fault.release();
    this.#faults = this.#faults.filter((other) => other !== fault);
    if (this.#closed) return;
    await this.#end([...this.#connections].filter((connection) => connection.cutBy === fault));
    if (refused) await this.#matchListener();
    fault.healedAt = this.#context.clock.now();
    this.#recordFault('healed', fault);
  }

  // The port

  /** Opens or closes the port as path and faults want it, one change after the other. */
  #matchListener(): Promise<void> {
    const change = this.#listening.then(async () => {
      if (this.#closed) return;
      const refusing = this.#faults.filter((fault) => fault.stands && fault.fault.do === 'refuse');
      if (refusing.length === 0 && this.#path?.region['pos-service'] !== 'none') {
        await this.#listener.open();
        return;
      }
      await this.#listener.refuse();
      for (const fault of refusing) fault.confirmed = true;
    });
    this.#listening = change.catch(() => {});
    return change;
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error) => this.#context.lost(toRigError(error)));
  }

  #recordFault(phase: 'asked' | 'armed' | 'struck' | 'healed' | 'closed', fault: RelayFault): void {
    this.#context.recorder.record({ type: 'fault', phase, proof: fault.proof() });
  }
}

const all = async (holds: readonly Promise<void>[]): Promise<void> => {
  await Promise.all(holds);
};

function known<T>(map: ReadonlyMap<string, T>, id: string, what: string): T {
  const found = map.get(id);
  if (found !== undefined) return found;
  throw new RigError('NETWORK_REGION', 'file', `there is no ${what} "${id}"`, {
    hint: `Known are: ${[...map.keys()].join(', ')}.`,
  });
}

/** A fault that could never be shown to be in force is refused before the transaction begins. */
function refuseNonsense({ fault, point }: RelayFault): void {
  const refuse = (message: string, hint: string): never => {
    throw new RigError('NETWORK_FAULT', 'file', message, { hint });
  };
  if (fault.do === 'delay' && fault.for === undefined) {
    refuse('a delay must say how long', 'Add `for: 5 s`.');
  }
  const onConnect = typeof fault.heal === 'object' && 'on' in fault.heal;
  if (fault.do === 'refuse' && onConnect) {
    refuse(
      'a refusal cannot be healed by the next attempt to connect: the kernel refuses it and tells nobody',
      'Heal it with `next-step` or after a time.',
    );
  }
  if (point.at === 'connect' && fault.on !== undefined) {
    refuse('a connection attempt is not a message, so `on` says nothing at `connect`', 'Leave `on` out.');
  }
}

/** Whether this machine may send from the region's address; the answer of the kernel, not a guess. */
function checkEgress(region: Region): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause) =>
      reject(
        new RigError(
          'NETWORK_REGION',
          'bench',
          `this machine has no address ${region.egress}, from which the terminal in ${region.id} should be seen`,
          {
            cause,
            hint: `Give it to an interface (Linux: ip address add ${region.egress}/32 dev lo), or name another address in the region file.`,
          },
        ),
      ),
    );
    probe.listen({ host: region.egress, port: 0 }, () => probe.close(() => resolve()));
  });
}
