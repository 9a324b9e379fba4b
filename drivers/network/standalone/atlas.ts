import { resolve } from 'node:path';
import type { Endpoint } from '../endpoint.ts';
import { loadAccess, loadRegions } from '../regions.ts';
import type { Atlas } from '../relay/whereabouts.ts';
import { addressOf, wrong } from './usage.ts';

/** What of the command line is about places. */
export interface PlacesGiven {
  readonly regions?: string | undefined;
  readonly accessNetworks?: string | undefined;
  readonly entries: readonly string[];
  readonly entry?: string | undefined;
}

/**
 * The places that the relay knows: those that ship, or those of the files of a lab.
 * @throws USAGE and FILE_…, blame file
 */
export function atlasFrom({ regions, accessNetworks, entries, entry }: PlacesGiven): Atlas {
  return {
    regions: regions === undefined ? loadRegions() : loadRegions(resolve(regions)),
    access: accessNetworks === undefined ? loadAccess() : loadAccess(resolve(accessNetworks)),
    entries: new Map(entries.flatMap((text) => text.split(',')).map(entryFrom)),
    entry,
  };
}

function entryFrom(text: string): readonly [string, Endpoint] {
  const [name = '', address = ''] = text.split(/=(.*)/s);
  if (name.trim() === '' || address === '')
    throw wrong(
      `--entries ${text}: expected name=host:port`,
      'For example --entries shanghai=10.0.0.5:8583.',
    );
  const endpoint = addressOf('--entries', address.trim());
  if (endpoint.port === 0) throw wrong(`--entries ${text}: port 0 is no port`, 'Name the port of the host.');
  return [name.trim(), endpoint];
}
