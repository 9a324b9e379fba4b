import type { Fault } from '../../../rig/model/fault.ts';
import { placePoint } from '../../../rig/model/fault-rules.ts';
import { checkKernelFault, isOfOneConnection } from './checks.ts';
import type { NftTable } from './nft-table.ts';
import {
  type ConnectionEnds,
  type PathPlace,
  rigEnd,
  rulesOf,
  type Sighting,
  sightingRules,
} from './packet-rules.ts';
import { destroyConnection } from './tcp-state.ts';

/** Something that stands and counts what it met; told by its handle, which is never given twice. */
export interface EnforcedRule {
  readonly comment: string;
  readonly handle: number;
  readonly packets: number;
  readonly bytes: number;
}

/** What keeps faults on packets in force: nftables, or the packet engine. */
export interface Enforcer {
  readonly layer: 'kernel' | 'packet';
  /** How a proof says where it is done. */
  readonly where: string;
  /** @throws NETWORK_FAULT for what it can never do */
  check(fault: Fault): void;
  /** No message sets it off: it stands from the moment at which it is asked for. */
  isAtOnce(fault: Fault): boolean;
  /** It is about the connection of the message that sets it off, not about all. */
  isOfOneConnection(fault: Fault): boolean;
  /**
   * Puts a fault in force and reads back that it is. Resolves with the handles of what stands for it.
   * @param ordinal how many faults there were before
   */
  enforce(
    id: string,
    fault: Fault,
    ends: ConnectionEnds | undefined,
    ordinal: number,
  ): Promise<readonly number[]>;
  /** Ends a connection at once instead, for a fault that does nothing else; true when it is gone. Absent: it has rules for that. */
  end?(fault: Fault, ends: ConnectionEnds): Promise<boolean> | undefined;
  /** What stands; undefined when all of it is gone. */
  read(): Promise<readonly EnforcedRule[] | undefined>;
  /** Takes a fault back; resolves with what stood before. */
  lift(id: string): Promise<readonly EnforcedRule[]>;
}

/** It stands from the moment at which it is asked for, on whatever packets come. */
export function standsAtOnce({ at, nth }: Fault): boolean {
  const point = placePoint(at)?.class;
  return point === 'stream' || (point === 'connect' && nth === 1);
}

/** Faults by rules of the standing nftables table. */
export class NftEnforcer implements Enforcer {
  readonly layer = 'kernel';
  readonly where = 'in the kernel';
  readonly #table: NftTable;
  readonly #place: PathPlace;
  readonly #sightings: Readonly<Record<string, Sighting>>;

  constructor(table: NftTable, place: PathPlace, sightings: Readonly<Record<string, Sighting>>) {
    this.#table = table;
    this.#place = place;
    this.#sightings = sightings;
  }

  check(fault: Fault): void {
    checkKernelFault(fault);
  }

  isAtOnce(fault: Fault): boolean {
    return standsAtOnce(fault) || this.#sightingOf(fault) !== undefined;
  }

  isOfOneConnection(fault: Fault): boolean {
    return isOfOneConnection(fault);
  }

  async enforce(
    id: string,
    fault: Fault,
    ends: ConnectionEnds | undefined,
    ordinal: number,
  ): Promise<readonly number[]> {
    const sighting = this.#sightingOf(fault);
    const rules = sighting
      ? sightingRules(this.#place, sighting, ordinal)
      : rulesOf(fault, this.#place, ends);
    const listing = await this.#table.add(id, rules);
    return listing.rules.filter(({ comment }) => comment === id).map(({ handle }) => handle);
  }

  end(fault: Fault, ends: ConnectionEnds): Promise<boolean> | undefined {
    return fault.do === 'reset' ? destroyConnection(rigEnd(this.#place), ends.terminal) : undefined;
  }

  async read(): Promise<readonly EnforcedRule[] | undefined> {
    return (await this.#table.read())?.rules;
  }

  async lift(id: string): Promise<readonly EnforcedRule[]> {
    return (await this.#table.remove(id)).before?.rules ?? [];
  }

  /** The first message of a kind whose type is known on the wire is recognised by the kernel itself, without a gate. */
  #sightingOf({
    do: action,
    on,
    nth,
    terminal,
    region,
    connection,
    probability,
  }: Fault): Sighting | undefined {
    const which = terminal ?? region ?? connection ?? probability;
    if (action !== 'withhold-ack' || on === undefined || nth !== 1 || which !== undefined) return undefined;
    return this.#sightings[on];
  }
}
