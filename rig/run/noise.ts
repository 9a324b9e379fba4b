import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Profile } from '../bench/profile.ts';
import { type ErrorCode, RigError } from '../model/errors.ts';
import { type Clock, formatDuration, parseDuration } from '../model/time.ts';
import { GRACE_WALL_MS } from './screen-watch.ts';

/** Wall ms of delay that a healthy machine adds on the way of an event: port, event loop, timer granularity. */
const FLOOR_WALL_MS = 10;

/** The event loop is looked at so often, wall ms. */
const RESOLUTION = 10;

/** Every look of a healthy machine is so late at most, wall ms: a long step must not add that up to a stall. */
const GRAIN = 1;

/** All stalls together, wall ms, of so many looks that came this far apart on average. */
export const stalledAltogether = (looks: number, apart: number): number =>
  looks === 0 ? 0 : looks * Math.max(0, apart - RESOLUTION - GRAIN);

export interface Noise {
  /** The longest stall so far, nominal ms. */
  longest(): number;
  /** All stalls so far together, nominal ms. */
  total(): number;
  /** How long has been watched, nominal ms. */
  watched(): number;
  stop(): void;
}

/**
 * Measures by how much scheduling could have falsified a timing, in nominal ms: what was seen once, by the longest stall of
 * the rig's own event loop since the watch started; what took many turns of many processes, as a dialogue does, by all its
 * stalls together. A verdict that this could have decided is inconclusive.
 */
export function watchNoise(clock: Clock): Noise {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  delay.enable();
  const from = clock.now();
  const nominal = (wall: number) => (FLOOR_WALL_MS + Math.max(0, wall)) * clock.rate;
  return {
    longest: () => nominal(delay.count === 0 ? 0 : delay.max / 1e6 - RESOLUTION),
    total: () => nominal(stalledAltogether(delay.count, delay.mean / 1e6)),
    watched: () => clock.now() - from,
    stop: () => {
      delay.disable();
    },
  };
}

/** A stall that comes near the time for which the terminal waits for its acquirer: it may have run out because of it. Nominal ms. */
export const stallThatCounts = ({ timers }: Pick<Profile, 'timers'>): number =>
  (parseDuration(timers.response) ?? Number.POSITIVE_INFINITY) / 4;

/** What says that a terminal did not go where it was led, in the time it has for that. */
const WAITED_IN_VAIN: readonly ErrorCode[] = ['TERMINAL_SCREEN', 'TERMINAL_STATE'];

/**
 * How long this machine stalled, nominal ms, while something was waited for in vain, when that leaves open who let whom wait;
 * undefined when it does not. Every such wait allows for `grace` (nominal ms) of stalls. One longer than that may have used up
 * the terminal's time, if it is one that counts at all; so may many short ones, when together they are half of the time.
 */
export function stallBehind(
  noise: Noise,
  grace: number,
  profile: Pick<Profile, 'timers'>,
): number | undefined {
  const longest = noise.longest();
  const total = noise.total();
  if (longest >= Math.max(grace, stallThatCounts(profile))) return longest;
  return total >= Math.max(grace, noise.watched() / 2) ? total : undefined;
}

/** The error; or, of a terminal that was waited for in vain while this machine stood still, one that leaves open whose it is. */
export function unlessStalled(
  error: RigError,
  noise: Noise | undefined,
  { clock, profile }: { readonly clock: Clock; readonly profile: Pick<Profile, 'timers'> },
): RigError {
  if (!noise || error.blame !== 'terminal' || !WAITED_IN_VAIN.includes(error.code)) return error;
  const stall = stallBehind(noise, GRACE_WALL_MS * clock.rate, profile);
  if (stall === undefined) return error;
  return new RigError(
    'MACHINE_STALLED',
    'rig',
    `${error.message} (this machine stalled for ${formatDuration(stall)} of nominal time; try a lower --speed)`,
    { cause: error, hint: 'Run it again when the machine has less to do, or on another one.' },
  );
}
