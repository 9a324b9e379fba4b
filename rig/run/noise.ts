import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../model/time.ts';

/** Wall ms of delay that a healthy machine adds on the way of an event: port, event loop, timer granularity. */
const FLOOR_WALL_MS = 10;

/**
 * Measures by how much scheduling could have falsified a timing: the longest stall of the rig's own event loop since the
 * watch started, in nominal ms. A verdict that this could have decided is inconclusive.
 */
export function watchNoise(clock: Clock): { uncertainty(): number; stop(): void } {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  return {
    uncertainty: () => (FLOOR_WALL_MS + Math.max(0, delay.max / 1e6 - 10)) * clock.rate,
    stop: () => {
      delay.disable();
    },
  };
}
