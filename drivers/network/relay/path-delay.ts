import type { Access, Region } from '../../../rig/model/region.ts';
import { mulberry32 } from './random.ts';

/** Where the terminal is and how it is connected. */
export interface Path {
  readonly region: Region;
  readonly access: Access;
  /** Where the acquirer is entered from here; undefined: where everybody does. */
  readonly to?: { readonly host: string; readonly port: number } | undefined;
}

/** Round trip of a path in nominal ms: the region's backbone and the access network add up. */
export const roundTrip = (path: Path | undefined): number => (path ? path.region.rtt + path.access.rtt : 0);

/** The most that chance adds to a round trip, nominal ms. */
export const jitterOf = (path: Path | undefined): number =>
  path ? path.region.jitter + path.access.jitter : 0;

/** The path as a relay takes it when a layer below makes its delays. */
export const withoutDelay = (path: Path): Path => ({
  ...path,
  region: { ...path.region, rtt: 0, jitter: 0 },
  access: { ...path.access, rtt: 0, jitter: 0 },
});

/**
 * One-way delays of one direction of one connection: half the round trip, and at random up to half the jitter on top,
 * evenly distributed. So a delay is never shorter than the figures say. The same seed gives the same row of delays.
 */
export function oneWayDelays(path: Path | undefined, seed: number): () => number {
  const base = roundTrip(path) / 2;
  const most = jitterOf(path) / 2;
  if (base === 0 && most === 0) return () => 0;
  const random = mulberry32(seed);
  return () => base + random() * most;
}
