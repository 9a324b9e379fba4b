import { isIP, isIPv6 } from 'node:net';
import { RigError } from '../../../rig/model/errors.ts';
import type { Region } from '../../../rig/model/region.ts';
import { attempt } from './command.ts';
import type { Creation } from './creation.ts';
import { isAny } from './packet-rules.ts';

/** Where the traffic of a region leaves this machine: a real interface, with its own shaping and its own way out. */
export interface Exit {
  readonly interface: string;
  /** Next hop; without it the interface is point to point (WireGuard, PPP). */
  readonly gateway?: string | undefined;
}

/** Routing tables of regions, and the one behind them: above those that people number by hand, and apart for each process. */
export const tableOf = (index: number): string =>
  String(0x5000_0000 + (process.pid % 0x40_0000) * 64 + index);

/** Before the main table (32766), behind what an administrator usually puts in front. */
const PREFERENCE = '17300';

/** Most regions that one bench may route by themselves. */
export const MOST_EXITS = 63;

/** True when the kernel takes packets to this address for itself. */
export async function isLocal(address: string): Promise<boolean> {
  const { stdout } = await attempt('ip', ['route', 'get', address]);
  return stdout.startsWith('local ');
}

/** Makes the kernel take an address for its own though no interface has it ("AnyIP"). Does nothing when it already does. */
export async function takeAddress(creation: Creation, address: string): Promise<void> {
  if (isAny(address) || (await isLocal(address))) return;
  await creation.route(['local', `${address}/${isIPv6(address) ? 128 : 32}`, 'dev', 'lo']);
}

/**
 * Sends what comes from each region's address out of that region's exit: a table with a default route, and a rule by
 * source address. The main table stays as it is.
 * @throws NETWORK_REGION, blame file, for an exit that cannot be
 */
export async function routeRegions(
  creation: Creation,
  exits: Readonly<Record<string, Exit>>,
  regions: ReadonlyMap<string, Region>,
): Promise<void> {
  const wrong = (message: string, hint: string): never => {
    throw new RigError('NETWORK_REGION', 'file', message, { hint });
  };
  for (const [index, [id, exit]] of Object.entries(exits).entries()) {
    const region = regions.get(id);
    if (!region)
      return wrong(
        `there is an exit for region "${id}", which is not known`,
        `Known are: ${[...regions.keys()].join(', ')}.`,
      );
    if (!isIP(region.egress) || region.egress.startsWith('127.') || region.egress === '::1')
      return wrong(
        `region ${id} is seen from ${region.egress}, an address that leaves no machine`,
        'Name a region file of the lab with real addresses (key `regions`).',
      );
    const { ok } = await attempt('ip', ['link', 'show', 'dev', exit.interface]);
    if (!ok) wrong(`the exit of region ${id}, interface ${exit.interface}, is not there`, 'See `ip link`.');
    await takeAddress(creation, region.egress);
    const via = exit.gateway === undefined ? [] : ['via', exit.gateway];
    const six = isIPv6(region.egress);
    const everywhere = six ? '::/0' : 'default';
    await creation.route([everywhere, ...via, 'dev', exit.interface, 'table', tableOf(index)]);
    const rule = ['from', region.egress, 'lookup', tableOf(index), 'pref', PREFERENCE];
    await creation.rule(rule, undefined, six ? 6 : undefined);
  }
}
