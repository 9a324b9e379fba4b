import type { ArmedFault, DriverContext, NetworkPlane } from '../../../rig/bench/planes.ts';
import { RigError, toRigError } from '../../../rig/model/errors.ts';
import type { Fault, FaultProof } from '../../../rig/model/fault.ts';
import { parseDuration } from '../../../rig/model/time.ts';
import type { Enforcer } from './enforcer.ts';
import type { RelayWatch } from './gate.ts';
import type { Chain, NftTable } from './nft-table.ts';
import { type PathPlace, rigEnd } from './packet-rules.ts';
import { resetCounters, waitingConnections, watchRecovery } from './recovery.ts';
import { StandingFault } from './standing-fault.ts';
import { ssFilter, type TcpState, tcpStates, written } from './tcp-state.ts';

/** How often a standing fault is read back, wall ms. */
const LOOK_WALL_MS = 200;
/** How long the released message may take to show up as unacknowledged, wall ms. */
const EVIDENCE_WALL_MS = 3_000;

/** Faults of which nobody is told. */
const SILENT: readonly string[] = ['cut', 'stall', 'half-open', 'withhold-ack'];

interface Standing {
  readonly fault: StandingFault;
  gate: ArmedFault | undefined;
  /** The strike under way or done. */
  striking: Promise<void> | undefined;
  healing: Promise<FaultProof> | undefined;
  cancel: (() => void)[];
}

/** The faults that are done to packets, by one layer: gate, arm, confirm, release; read back while they stand; proved when they are healed. */
export class PacketFaults {
  readonly #context: Pick<DriverContext, 'clock' | 'recorder'>;
  readonly #relay: Pick<NetworkPlane, 'arm'>;
  readonly #watch: RelayWatch;
  readonly #table: NftTable;
  readonly #place: PathPlace;
  readonly #enforcer: Enforcer;
  readonly #standing = new Set<Standing>();
  readonly #end = new AbortController();
  #count = 0;

  constructor(
    context: Pick<DriverContext, 'clock' | 'recorder'>,
    relay: Pick<NetworkPlane, 'arm'>,
    watch: RelayWatch,
    table: NftTable,
    place: PathPlace,
    enforcer: Enforcer,
  ) {
    this.#enforcer = enforcer;
    this.#context = context;
    this.#relay = relay;
    this.#watch = watch;
    this.#table = table;
    this.#place = place;
  }

  /**
   * Arms a fault: at a point of a message it waits at the gate, on the stream or at `connect` it stands at once.
   * @throws NETWORK_FAULT for what the kernel cannot do, NETWORK_KERNEL when it did not take the rules
   */
  async arm(asked: Fault): Promise<ArmedFault> {
    this.#enforcer.check(asked);
    const { clock } = this.#context;
    const { layer, where } = this.#enforcer;
    const fault = new StandingFault(`${layer}-${++this.#count}`, asked, clock.now(), layer, where);
    const standing: Standing = {
      fault,
      gate: undefined,
      striking: undefined,
      healing: undefined,
      cancel: [],
    };
    this.#record('asked', fault);
    if (this.#enforcer.isAtOnce(asked)) {
      await this.#putInForce(standing);
      if (fault.trouble !== undefined) throw new RigError('NETWORK_FAULT', 'bench', fault.trouble);
    } else {
      standing.gate = await this.#watch.gate(
        this.#relay,
        asked,
        `${fault.id}: ${asked.do} (${layer})`,
        (seen) => {
          standing.striking ??= this.#strike(standing, seen);
        },
      );
    }
    fault.armedAt = clock.now();
    this.#record('armed', fault);
    if (fault.struck) this.#struck(standing);
    this.#standing.add(standing);
    return {
      id: fault.id,
      proof: () => fault.proof(),
      heal: () => this.#heal(standing),
    };
  }

  /** Ends all faults; what they were is in the journal. */
  async close(): Promise<void> {
    for (const standing of this.#standing) {
      await this.#heal(standing).catch(() => {});
      this.#record('closed', standing.fault);
    }
    this.#end.abort();
  }

  /** The gate has the message: arm, confirm, release. */
  async #strike(standing: Standing, seen: FaultProof): Promise<void> {
    const { fault } = standing;
    const since = this.#context.clock.now();
    // The relay writes the message down, with its connection, right after it has told that the gate closed.
    await new Promise((resolve) => setImmediate(resolve));
    fault.trigger = seen.trigger;
    fault.connection = this.#watch.connection(seen.trigger?.connection);
    if (this.#enforcer.isOfOneConnection(fault.fault)) {
      if (!fault.connection) fault.trouble = 'the connection of the message was not to be found';
    }
    if (fault.trouble === undefined) await this.#putInForce(standing);
    await standing.gate?.heal();
    fault.heldMs = this.#context.clock.now() - since;
    this.#struck(standing);
    if (fault.fault.do === 'withhold-ack') await this.#evidence(fault);
  }

  async #putInForce(standing: Standing): Promise<void> {
    const { fault } = standing;
    try {
      const ends = fault.connection;
      const ended = ends && this.#enforcer.end?.(fault.fault, ends);
      if (ended) {
        fault.destroyed = await ended;
        fault.confirmedAt = fault.firstEffectAt = this.#context.clock.now();
        return;
      }
      const only = this.#enforcer.isOfOneConnection(fault.fault) ? ends : undefined;
      fault.handles = await this.#enforcer.enforce(fault.id, fault.fault, only, this.#count);
      fault.confirmedAt = this.#context.clock.now();
      this.#readWhileItStands(standing);
    } catch (error) {
      fault.trouble = toRigError(error).message;
    }
  }

  #struck(standing: Standing): void {
    const { fault } = standing;
    this.#record('struck', fault);
    const { heal } = fault.fault;
    const inBackground = () => void this.#heal(standing).catch(() => {});
    if (typeof heal !== 'object') return;
    if ('after' in heal)
      standing.cancel.push(this.#context.clock.after(parseDuration(heal.after) ?? 0, inBackground));
    else
      standing.cancel.push(
        this.#watch.onTraffic((what) => {
          if (what === heal.on) inBackground();
        }),
      );
  }

  /** Counters for whoever asks in between, and a note as soon as the rules are gone. */
  #readWhileItStands(standing: Standing): void {
    const { fault } = standing;
    const where = this.#enforcer.layer === 'kernel' ? `in table ${this.#table.name}` : 'in the packet engine';
    const timer = setInterval(async () => {
      const before = fault.flushed;
      await this.#look(fault).catch(() => {});
      if (fault.flushed && !before) {
        clearInterval(timer);
        this.#context.recorder.record({
          type: 'note',
          level: 'warning',
          text: `${fault.id}: its rules ${where} were removed by somebody else; the fault is not in force`,
        });
      }
    }, LOOK_WALL_MS);
    timer.unref();
    standing.cancel.push(() => clearInterval(timer));
  }

  async #look(fault: StandingFault): Promise<void> {
    if (fault.healedAt !== undefined) return;
    const rules = await this.#enforcer.read();
    if (fault.healedAt === undefined) fault.see(rules ?? [], this.#context.clock.now());
  }

  /** What the sender's kernel says of the message: all of its bytes out, none acknowledged. */
  async #evidence(fault: StandingFault): Promise<void> {
    const deadline = Date.now() + EVIDENCE_WALL_MS;
    const ends = fault.connection;
    const wanted = fault.trigger?.bytes ?? 1;
    while (ends && Date.now() < deadline && fault.healedAt === undefined) {
      const [state] = await tcpStates(ssFilter(rigEnd(this.#place), ends.terminal));
      fault.unacknowledged = state?.unacknowledged ?? 0;
      await this.#look(fault);
      if (fault.unacknowledged >= wanted && fault.reading.packets > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Removes the rules and proves it; what waits for TCP to deliver is watched from here on. */
  #heal(standing: Standing): Promise<FaultProof> {
    standing.healing ??= this.#undo(standing);
    return standing.healing;
  }

  async #undo(standing: Standing): Promise<FaultProof> {
    const { fault, gate } = standing;
    await standing.striking;
    await gate?.heal();
    for (const cancel of standing.cancel.splice(0)) cancel();
    if (fault.handles.length > 0) {
      await this.#askBoth(fault);
      const waiting = await waitingConnections(this.#place.socket.port);
      if (fault.fault.do === 'withhold-ack')
        fault.unacknowledged ??= Math.max(0, ...waiting.map(({ unacknowledged }) => unacknowledged));
      for (const connection of waiting)
        await this.#table.add(afterName(fault, connection), resetCounters(connection)).catch(() => {});
      fault.see(await this.#enforcer.lift(fault.id), this.#context.clock.now());
      for (const connection of waiting) void this.#follow(fault, connection);
    }
    fault.healedAt = this.#context.clock.now();
    this.#record('healed', fault);
    return fault.proof();
  }

  /** Where the terminal is a program of this machine, both kernels can be asked what they believe of the connection. */
  async #askBoth(fault: StandingFault): Promise<void> {
    const { terminal } = this.#place;
    const ends = fault.connection;
    if (terminal === undefined || !ends || !SILENT.includes(fault.fault.do)) return;
    const { address, port } = ends.terminal;
    const [[rig], [far]] = await Promise.all([
      tcpStates(ssFilter(rigEnd(this.#place), ends.terminal)),
      tcpStates(['src', written({ address, port })], terminal),
    ]);
    fault.believed = { ...(rig ? { rig: rig.state } : {}), ...(far ? { terminal: far.state } : {}) };
  }

  async #follow(fault: StandingFault, connection: TcpState): Promise<void> {
    const { address, port } = connection.remote;
    const stream = this.#watch.nameOf(connection.remote) ?? `${address}:${port}`;
    const name = afterName(fault, connection);
    const resets = async () => {
      const rules = (await this.#table.read())?.rules.filter(({ comment }) => comment === name) ?? [];
      const on = (chain: Chain) => rules.find((rule) => rule.chain === chain)?.packets ?? 0;
      return rules.length === 2 ? { arriving: on('arriving'), leaving: on('leaving') } : undefined;
    };
    const { clock, recorder } = this.#context;
    const { how, detail } = await watchRecovery(connection, clock, this.#end.signal, resets);
    if (this.#end.signal.aborted) return;
    recorder.record({ type: 'link', plane: 'network', stream, state: how, detail });
    await this.#table.remove(name).catch(() => {});
  }

  #record(phase: 'asked' | 'armed' | 'struck' | 'healed' | 'closed', fault: StandingFault): void {
    this.#context.recorder.record({ type: 'fault', phase, proof: fault.proof() });
  }
}

/** Name of the rules that tell how a connection ended after the heal. */
const afterName = ({ id }: StandingFault, { remote }: TcpState): string => `${id}-after-${remote.port}`;
