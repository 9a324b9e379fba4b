import { RigError } from '../../../rig/model/errors.ts';
import type { EventBody } from '../../../rig/model/event.ts';
import type { Fault } from '../../../rig/model/fault.ts';
import type { Access, Region } from '../../../rig/model/region.ts';
import type { Endpoint } from '../endpoint.ts';
import { jitterOf, type Path, roundTrip } from './path-delay.ts';

/** What is known of places and ways into the acquirer. */
export interface Atlas {
  readonly regions: ReadonlyMap<string, Region>;
  readonly access: ReadonlyMap<string, Access>;
  /** Addresses of the acquirer's entry points, by the names that regions have for them. */
  readonly entries?: ReadonlyMap<string, Endpoint> | undefined;
  /** The entry point that everybody uses, wherever they are; default: each region its own. */
  readonly entry?: string | undefined;
}

/**
 * The path to where a terminal is wanted; what is not said stays as it is on `before`.
 * @throws NETWORK_REGION, blame file, for a place or access network that nobody knows
 */
export function pathTo(
  { regions, access, entries, entry }: Atlas,
  wanted: { readonly region?: string | undefined; readonly access?: string | undefined },
  before: Path | undefined,
): Path {
  const region = enteringAt(known(regions, wanted.region ?? before?.region.id ?? '', 'region'), entry);
  return {
    region,
    to: entries?.get(region.entry ?? ''),
    access: known(access, wanted.access ?? before?.access.id ?? '', 'access network'),
  };
}

/**
 * Refuses a fault of a terminal in a place that nobody knows, or that would take it to one: it could never strike.
 * @param now where the terminal is; what a handover does not say stays as it is there
 * @throws NETWORK_REGION, blame file
 */
export function checkPlaces(atlas: Atlas, fault: Fault, now: Parameters<typeof pathTo>[2]): void {
  if (fault.region !== undefined) known(atlas.regions, fault.region, 'region');
  if (fault.do === 'handover') pathTo(atlas, { region: fault.to, access: fault.access }, now);
}

/** The event that says where the terminal is. */
export function pathEvent(path: Path): EventBody {
  const { region } = path;
  return {
    type: 'path',
    region: region.id,
    access: path.access.id,
    egress: region.egress,
    rttMs: roundTrip(path),
    jitterMs: jitterOf(path),
    ...(region.entry === undefined ? {} : { entry: region.entry }),
    ...(region.cell === undefined ? {} : { cell: cellText(region.cell) }),
  };
}

/** The region with the figures to the entry point that is used. @throws NETWORK_REGION when there are none */
function enteringAt(region: Region, entry: string | undefined): Region {
  if (entry === undefined || entry === region.entry) return region;
  const figures = region.entries?.[entry];
  if (figures) return { ...region, ...figures, entry };
  throw new RigError(
    'NETWORK_REGION',
    'file',
    `region ${region.id} has no figures to the entry point "${entry}"`,
    {
      hint: `It has: ${[region.entry, ...Object.keys(region.entries ?? {})].filter(Boolean).join(', ')}.`,
    },
  );
}

const cellText = ({ mcc, mnc, lac, ci }: NonNullable<Region['cell']>) => `${mcc}-${mnc}-${lac}-${ci}`;

function known<T>(map: ReadonlyMap<string, T>, id: string, what: string): T {
  const found = map.get(id);
  if (found !== undefined) return found;
  const lack = id === '' ? `no ${what} was named yet` : `there is no ${what} "${id}"`;
  throw new RigError('NETWORK_REGION', 'file', lack, {
    hint: `Known are: ${[...map.keys()].join(', ')}.`,
  });
}
