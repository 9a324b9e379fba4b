import type { ArmedFault, NetworkPlane, PathWanted } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import type { Fault, FaultLayer } from '../../../rig/model/fault.ts';
import type { Line } from '../namespaces/line.ts';
import { unableInPackets } from '../packets/enforcer.ts';
import { unableInKernel } from './checks.ts';
import type { Creation } from './creation.ts';
import type { PacketFaults } from './fault-table.ts';
import { type Choice, chooseLayer, NO_PACKET_LAYER } from './layers.ts';
import type { NftTable } from './nft-table.ts';
import type { PathPlace } from './packet-rules.ts';

const isHandover = (fault: Fault, layer: FaultLayer | undefined): boolean =>
  fault.do === 'handover' && layer === 'kernel';

/** The layers of packets; the packet engine only where there is a path of its own and TUN devices. */
export interface PacketLayers {
  readonly kernel: PacketFaults;
  readonly packet?: PacketFaults;
}

/** What the plane stands on. */
export interface PlaneGround {
  readonly table: NftTable;
  readonly creation: Creation;
  readonly place: PathPlace;
  /** Where the terminal is a program in a namespace. */
  readonly line?: Line | undefined;
  endCapture(): void;
}

/** The relay with packets below it: a fault is done by the layer it asks for, else by the first that can. */
export class KernelPlane implements NetworkPlane {
  readonly #relay: NetworkPlane;
  readonly #layers: PacketLayers;
  readonly #ground: PlaneGround;
  #closing: Promise<void> | undefined;

  constructor(relay: NetworkPlane, layers: PacketLayers, ground: PlaneGround) {
    this.#relay = relay;
    this.#layers = layers;
    this.#ground = ground;
  }

  get facts(): Readonly<Record<string, string>> {
    const { place, table, line } = this.#ground;
    const { address, port } = place.listen;
    return {
      ...this.#relay.facts,
      layer: `userspace relay, and below it nftables${this.#layers.packet ? ' and the packet engine' : ''}`,
      table: table.name,
      dialled: `${address}:${port}`,
      ...(line ? { shaping: line.shaping } : {}),
    };
  }

  get address(): { readonly host: string; readonly port: number } {
    return this.#relay.address;
  }

  get regions(): readonly string[] {
    return this.#relay.regions;
  }

  get accesses(): readonly string[] {
    return this.#relay.accesses;
  }

  setPath(path: PathWanted): Promise<void> {
    return this.#relay.setPath(path);
  }

  live(): number {
    return this.#relay.live?.() ?? 0;
  }

  traffic(): ReturnType<NetworkPlane['traffic']> {
    return this.#relay.traffic();
  }

  /** Why no layer that is here can ever show such a fault. */
  unable(fault: Fault): string | undefined {
    return this.#choose(fault).why;
  }

  /** @throws NETWORK_FAULT, blame bench, when no layer that is here can do it */
  async arm(fault: Fault): Promise<ArmedFault> {
    const choice = this.#choose(fault);
    if (choice.layer === 'relay') return this.#relay.arm(fault);
    // The relay knows the moment, and tells the line below it of every move.
    if (isHandover(fault, choice.layer)) return this.#relay.arm({ ...fault, layer: 'relay' });
    const faults = choice.layer && this.#layers[choice.layer];
    if (faults) return faults.arm(fault);
    throw new RigError('NETWORK_FAULT', 'bench', choice.why ?? `no layer for ${fault.do}`, {
      hint: 'The README of the kernel layer says what each layer does.',
    });
  }

  #choose(fault: Fault): Choice {
    return chooseLayer(fault, (layer) => {
      if (layer === 'relay') return this.#relay.unable?.(fault);
      if (isHandover(fault, layer))
        return this.#ground.line
          ? undefined
          : 'a handover in the kernel takes a `path`: places to move between';
      if (layer === 'kernel') return unableInKernel(fault);
      return this.#layers.packet ? unableInPackets(fault) : NO_PACKET_LAYER;
    });
  }

  /** Whole again: faults healed, connections closed, table, routes and rules removed. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { table, creation, line, endCapture } = this.#ground;
    endCapture();
    await this.#layers.packet?.close();
    await this.#layers.kernel.close();
    await this.#relay.close();
    await line?.close();
    await table.close();
    const left = await creation.remove();
    if (left.length === 0) return;
    throw new RigError(
      'NETWORK_KERNEL',
      'bench',
      `${left.length} things of posrig's are still in the kernel`,
      {
        hint: '`posrig network status` lists them, `posrig network reset` removes them.',
      },
    );
  }
}
