import type { ArmedFault, NetworkPlane, PathWanted } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import type { Fault, FaultLayer } from '../../../rig/model/fault.ts';
import { faultAction } from '../../../rig/model/fault-actions.ts';
import { KERNEL_ACTIONS } from './checks.ts';
import type { Creation } from './creation.ts';
import type { KernelFaults } from './fault-table.ts';
import type { NftTable } from './nft-table.ts';
import type { PathPlace } from './packet-rules.ts';

/** The relay with the kernel below it: a fault is done by the layer it asks for, else by the first that can. */
export class KernelPlane implements NetworkPlane {
  readonly #relay: NetworkPlane;
  readonly #faults: KernelFaults;
  readonly #table: NftTable;
  readonly #creation: Creation;
  readonly #place: PathPlace;
  #closing: Promise<void> | undefined;

  constructor(
    relay: NetworkPlane,
    faults: KernelFaults,
    table: NftTable,
    creation: Creation,
    place: PathPlace,
  ) {
    this.#relay = relay;
    this.#faults = faults;
    this.#table = table;
    this.#creation = creation;
    this.#place = place;
  }

  get facts(): Readonly<Record<string, string>> {
    const { address, port } = this.#place.listen;
    return {
      ...this.#relay.facts,
      layer: 'userspace relay, and nftables below it',
      table: this.#table.name,
      dialled: `${address}:${port}`,
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

  traffic(): ReturnType<NetworkPlane['traffic']> {
    return this.#relay.traffic();
  }

  /** Why no layer that is here can ever show such a fault. */
  unable(fault: Fault): string | undefined {
    const layers = fault.layer === undefined ? faultAction(fault.do).layers : [fault.layer];
    if (layers.includes('kernel') && KERNEL_ACTIONS.includes(fault.do)) return undefined;
    return this.#relay.unable?.(fault);
  }

  /** @throws NETWORK_FAULT, blame bench, when no layer that is here can do it */
  arm(fault: Fault): Promise<ArmedFault> {
    const layer = this.#layerOf(fault);
    return layer === 'kernel' ? this.#faults.arm(fault) : this.#relay.arm(fault);
  }

  #layerOf(fault: Fault): FaultLayer {
    const can = (layer: FaultLayer) =>
      layer === 'relay' || (layer === 'kernel' && KERNEL_ACTIONS.includes(fault.do));
    const layers = fault.layer === undefined ? faultAction(fault.do).layers : [fault.layer];
    const layer = layers.find(can);
    if (layer !== undefined) return layer;
    throw new RigError(
      'NETWORK_FAULT',
      'bench',
      `this bench has no layer for ${fault.do}: it takes ${layers.join(' or ')}`,
      {
        hint: 'Driver `kernel` has the layers relay and kernel.',
      },
    );
  }

  /** Whole again: faults healed, connections closed, table, routes and rules removed. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#faults.close();
    await this.#relay.close();
    await this.#table.close();
    const left = await this.#creation.remove();
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
