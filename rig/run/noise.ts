import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Profile } from '../bench/profile.ts';
import { type Clock, parseDuration } from '../model/time.ts';

/** Wall ms of delay that a healthy machine adds on the way of an event: port, event loop, timer granularity. */
const FLOOR_WALL_MS = 10;

/** The event loop is looked at so often, wall ms. */
const RESOLUTION = 10;

/** Every look of a healthy machine is so late at most, wall ms: a long step must not add that up to a stall. */
const GRAIN = 1;

/** All stalls together, wall ms, of so many looks that came this far apart on average. */
export const stalledAltogether = (looks: number, apart: number): number =>
  looks === 0 ? 0 : looks * Math.max(0, apart - RESOLUTION - GRAIN);

/**
 * Measures by how much scheduling could have falsified a timing, in nominal ms: what was seen once, by the longest stall of
 * the rig's own event loop since the watch started; what took many turns of many processes, as a dialogue does, by all its
 * stalls together. A verdict that this could have decided is inconclusive.
 */
export function watchNoise(clock: Clock): { longest(): number; total(): number; stop(): void } {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  delay.enable();
  const nominal = (wall: number) => (FLOOR_WALL_MS + Math.max(0, wall)) * clock.rate;
  return {
    longest: () => nominal(delay.count === 0 ? 0 : delay.max / 1e6 - RESOLUTION),
    total: () => nominal(stalledAltogether(delay.count, delay.mean / 1e6)),
    stop: () => {
      delay.disable();
    },
  };
}

/** A stall that comes near the time for which the terminal waits for its acquirer: it may have run out because of it. Nominal ms. */
export const stallThatCounts = ({ timers }: Pick<Profile, 'timers'>): number =>
  (parseDuration(timers.response) ?? Number.POSITIVE_INFINITY) / 4;
