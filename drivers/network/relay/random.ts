import type { Distribution } from '../../../rig/model/fault.ts';

/** Chance from a seed: the same seed gives the same row of numbers, in [0, 1). */
export type Random = () => number;

/** Tommy Ettinger's mulberry32 generator (public domain): small, fast, and good enough for delays and chances. */
export function mulberry32(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A pareto draw beyond this many times its scale is cut off: one packet must not wait for ever. */
const MOST_PARETO = 20;

/**
 * A draw of what jitter adds to a delay, never negative, in the unit of `spread`. uniform: 0 to `spread`, even. normal:
 * mean `spread`, standard deviation half of it, cut at 0. pareto (shape 3): mostly far below `spread`, now and then many times
 * it, as on a congested line.
 */
export function drawJitter(spread: number, distribution: Distribution, random: Random): number {
  if (spread === 0) return 0;
  switch (distribution) {
    case 'uniform':
      return spread * random();
    case 'normal': {
      const gauss = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      return Math.max(0, spread * (1 + gauss / 2));
    }
    case 'pareto':
      return spread * Math.min(MOST_PARETO, (1 - random()) ** (-1 / 3) - 1);
  }
}
