/** A seeded source of chance. Equal seeds give equal sequences, on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Normally distributed with mean 0 and the given standard deviation. */
  gaussian(sigma: number): number;
  /** An independent source for one part of the bench, so that adding a part does not shift the chances of others. */
  fork(name: string): Random;
}

/** FNV-1a, 32 bits: spreads a part's name over the seed space. */
function hash(text: string, basis: number): number {
  let h = (0x811c9dc5 ^ basis) >>> 0;
  for (const char of text) h = Math.imul(h ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return h;
}

/** @param seed any integer; only its lowest 32 bits count. */
export function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  // A Weyl sequence through a multiply-xorshift finaliser (the construction known as mulberry32).
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
  // Box-Muller; 1 - next() keeps the logarithm finite.
  const gaussian = (sigma: number) =>
    sigma * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return { next, gaussian, fork: (name) => makeRandom(hash(name, seed)) };
}
