import type { Distribution } from '../../../rig/model/fault.ts';

/** Chance from a seed: the same seed gives the same row of numbers, in [0, 1). */
export type Random = () => number;

/** Tommy Ettinger's mulberry32 generator (public domain): small, fast, and good enough for the fate of packets. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A delay beyond the least one, never negative, of mean about half the spread (uniform: 0 to spread; normal: mean half the
 * spread, cut off at 0; pareto: long tail, shape 3, cut off at ten times the spread).
 */
export function spreadOf(distribution: Distribution, spread: number, random: Random): number {
  if (spread === 0) return 0;
  if (distribution === 'uniform') return random() * spread;
  if (distribution === 'pareto') {
    const scale = spread / 3;
    return Math.min(10 * spread, scale / (1 - random()) ** (1 / 3) - scale);
  }
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return Math.max(0, spread / 2 + (spread / 6) * radius * Math.cos(2 * Math.PI * random()));
}

/**
 * Loss in bursts: the Gilbert model, the Gilbert-Elliott chain whose bad state loses everything and whose good state
 * nothing. From the share that is to be lost and the mean length of a burst follow the two probabilities:
 * r = 1 / burst, p = r · share / (1 − share). A burst of 1 is not "independent" loss but loss that is never twice in a row;
 * independent loss has no memory and is chosen by leaving the burst out.
 */
export class Loss {
  readonly #enter: number;
  readonly #leave: number;
  readonly #random: Random;
  #bad = false;

  /** @param share 0 to 1 @param burst mean number of packets in a row, 1 or more; undefined: independent */
  constructor(share: number, burst: number | undefined, random: Random) {
    this.#random = random;
    if (share >= 1) {
      this.#enter = 1;
      this.#leave = 0;
    } else if (burst === undefined) {
      this.#enter = share;
      this.#leave = 1 - share;
    } else {
      this.#leave = 1 / burst;
      this.#enter = Math.min(1, (this.#leave * share) / (1 - share));
    }
  }

  /** True when the next packet is lost. */
  next(): boolean {
    const change = this.#random() < (this.#bad ? this.#leave : this.#enter);
    if (change) this.#bad = !this.#bad;
    return this.#bad;
  }
}
