import type { Departure } from './link.ts';

/** Departures by time, first in first out at the same time: a binary heap. */
export class Departures {
  readonly #heap: { readonly departure: Departure; readonly order: number }[] = [];
  #count = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the next one is due. */
  get next(): number | undefined {
    return this.#heap[0]?.departure.at;
  }

  push(departure: Departure): void {
    const heap = this.#heap;
    let at = heap.push({ departure, order: this.#count++ }) - 1;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.#before(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Takes the first one if it is due. */
  takeDue(now: number): Departure | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (!first || first.departure.at > now) return undefined;
    const last = heap.pop();
    if (last && heap.length > 0) {
      heap[0] = last;
      let at = 0;
      for (;;) {
        const left = 2 * at + 1;
        const smaller = left + 1 < heap.length && this.#before(left + 1, left) ? left + 1 : left;
        if (smaller >= heap.length || !this.#before(smaller, at)) break;
        this.#swap(at, smaller);
        at = smaller;
      }
    }
    return first.departure;
  }

  #before(a: number, b: number): boolean {
    const [left, right] = [this.#heap[a], this.#heap[b]];
    if (!left || !right) return false;
    return (
      left.departure.at < right.departure.at ||
      (left.departure.at === right.departure.at && left.order < right.order)
    );
  }

  #swap(a: number, b: number): void {
    const [left, right] = [this.#heap[a], this.#heap[b]];
    if (left && right) [this.#heap[a], this.#heap[b]] = [right, left];
  }
}
