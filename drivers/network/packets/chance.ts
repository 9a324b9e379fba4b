import type { Random } from '../relay/random.ts';

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
