import type { Clock } from '../../../rig/model/time.ts';

/** What bytes, and the end of their direction, are handed to: a toxic's stage, or the socket behind the last one. */
export interface Outlet {
  bytes(chunk: Uint8Array): void;
  /** Nothing more comes in this direction: `end` by a FIN, `reset` by an RST. */
  end(how: Ending): void;
  /** Ends the whole connection, both directions: `end` after what was handed on before, `reset` at once. */
  close(how: Ending): void;
}
export type Ending = 'end' | 'reset';

/** What one toxic does to one direction of one connection. */
export interface Stage extends Outlet {
  /** Bytes held back here. */
  readonly held: number;
  /** Hands on at once what is held: before the toxic is removed or when its attributes have changed. */
  release(): void;
  /** Ends timers; what is held is forgotten. */
  stop(): void;
}

/** What a stage works with. */
export interface StageContext {
  readonly clock: Clock;
  /** Evenly distributed in [0, 1), from the seed. */
  random(): number;
  readonly next: Outlet;
}

/** setTimeout takes at most 2³¹−1 ms (24 days); whatever waits longer looks again then. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Calls `fn` after `ms`, for times however long; `Infinity` is never. The returned function cancels. */
export function afterAtLeast(clock: Clock, ms: number, fn: () => void): () => void {
  if (ms === Number.POSITIVE_INFINITY) return () => {};
  if (ms <= LONGEST_TIMER_MS) return clock.after(Math.max(0, ms), fn);
  let cancel = clock.after(LONGEST_TIMER_MS, () => {
    cancel = afterAtLeast(clock, ms - LONGEST_TIMER_MS, fn);
  });
  return () => cancel();
}

type Held =
  | { readonly due: number; readonly chunk: Uint8Array }
  | { readonly due: number; readonly over: 'end' | 'close'; readonly how: Ending };

/** Hands things on in order, none before its time. */
export class DueQueue {
  readonly #context: StageContext;
  #queue: Held[] = [];
  /** What stands before it has been handed on. */
  #head = 0;
  #cancel: (() => void) | undefined;
  held = 0;

  constructor(context: StageContext) {
    this.#context = context;
  }

  /** When the last thing that waits is due, ms of the clock; undefined when nothing waits. */
  get lastDue(): number | undefined {
    return this.#queue.at(-1)?.due;
  }

  put(item: Held): void {
    this.#queue.push(item);
    if ('chunk' in item) this.held += item.chunk.length;
    if (this.#cancel === undefined) this.#run();
  }

  release(): void {
    this.#stopTimer();
    while (this.#queue.length > 0) this.#handOnFirst();
  }

  stop(): void {
    this.#stopTimer();
    this.#queue = [];
    this.#head = 0;
    this.held = 0;
  }

  #stopTimer(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #run(): void {
    this.#cancel = undefined;
    const { clock } = this.#context;
    for (let item = this.#queue[this.#head]; item; item = this.#queue[this.#head]) {
      const wait = item.due - clock.now();
      if (wait > 0) {
        this.#cancel = afterAtLeast(clock, wait, () => this.#run());
        return;
      }
      this.#handOnFirst();
    }
  }

  #handOnFirst(): void {
    const item = this.#queue[this.#head++];
    if (this.#head === this.#queue.length || this.#head > 1000) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    if (item === undefined) return;
    if ('chunk' in item) {
      this.held -= item.chunk.length;
      this.#context.next.bytes(item.chunk);
    } else {
      this.#context.next[item.over](item.how);
    }
  }
}
