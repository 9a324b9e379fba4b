import type { ArmedFault, NetworkPlane, PathWanted } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import type { Fault } from '../../../rig/model/fault.ts';
import { unableInKernel } from './checks.ts';
import type { Creation } from './creation.ts';
import type { KernelFaults } from './fault-table.ts';
import { type Choice, chooseLayer, NO_PACKET_LAYER } from './layers.ts';
import type { NftTable } from './nft-table.ts';
import type { PathPlace } from './packet-rules.ts';

/** The relay with the kernel below it: a fault is done by the layer it asks for, else by the first that can. */
export class KernelPlane implements NetworkPlane {
  readonly #relay: NetworkPlane;
  readonly #faults: KernelFaults;
  readonly #table: NftTable;
  readonly #creation: Creation;
  readonly #place: PathPlace;
  readonly #endCapture: () => void;
  #closing: Promise<void> | undefined;

  constructor(
    relay: NetworkPlane,
    faults: KernelFaults,
    table: NftTable,
    creation: Creation,
    place: PathPlace,
    endCapture: () => void = () => {},
  ) {
    this.#endCapture = endCapture;
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
    return this.#choose(fault).why;
  }

  /** @throws NETWORK_FAULT, blame bench, when no layer that is here can do it */
  async arm(fault: Fault): Promise<ArmedFault> {
    const choice = this.#choose(fault);
    if (choice.layer === 'kernel') return this.#faults.arm(fault);
    if (choice.layer === 'relay') return this.#relay.arm(fault);
    throw new RigError('NETWORK_FAULT', 'bench', choice.why ?? `no layer for ${fault.do}`, {
      hint: 'Driver `kernel` has the layers relay and kernel.',
    });
  }

  #choose(fault: Fault): Choice {
    return chooseLayer(fault, (layer) => {
      if (layer === 'relay') return this.#relay.unable?.(fault);
      return layer === 'kernel' ? unableInKernel(fault) : NO_PACKET_LAYER;
    });
  }

  /** Whole again: faults healed, connections closed, table, routes and rules removed. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#endCapture();
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
