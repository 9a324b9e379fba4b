import type { TestCard } from '../../rig/model/card.ts';
import { maskLines } from './forbidden.ts';

/** A number may be spread over so many lines, with others between them. */
const LINES_KEPT = 64;

/**
 * Masks lines of a receipt that are shown while it is still being printed: what has come out is looked at together with
 * what comes. Of a number that may go on in the next line no more is shown than a masked one shows.
 */
export class LiveMask {
  readonly #cards: readonly TestCard[];
  #before: readonly string[] = [];

  constructor(cards: readonly TestCard[]) {
    this.#cards = cards;
  }

  /** The lines as they may be shown; as many as are given. */
  next(lines: readonly string[]): readonly string[] {
    const together = [...this.#before, ...lines];
    this.#before = together.slice(-LINES_KEPT);
    return maskLines(together, this.#cards).slice(together.length - lines.length);
  }

  /** The receipt is over. */
  end(): void {
    this.#before = [];
  }
}
