import type { EventBody, LateEvent } from '../../../rig/model/event.ts';

/** Makes events of bytes that crossed: when there is time for it. */
export interface Reader {
  /** @param bytes only valid during the call */
  read(bytes: Uint8Array): readonly EventBody[];
}

const PAGE_BYTES = 1024 * 1024;
const PAGE_ENTRIES = 8192;
const NOTHING = new Uint8Array();

/**
 * Entries one after the other in plain memory, which costs the garbage collector nothing however long they wait: their
 * bytes, when they came, where their bytes end, and who reads them, or the event that they are.
 */
class Page {
  readonly data: Uint8Array;
  readonly at = new Float64Array(PAGE_ENTRIES);
  readonly end = new Uint32Array(PAGE_ENTRIES);
  readonly what: (Reader | EventBody)[] = [];
  used = 0;

  constructor(bytes: number) {
    this.data = Buffer.allocUnsafeSlow(bytes);
  }

  /** The bytes stay until others are put in their place. */
  empty(): void {
    this.what.length = 0;
    this.used = 0;
  }
}

/** What waits to be told: first in, first out. */
export class Reel {
  readonly #pages: Page[] = [];
  /** The next entry to be taken, in the first page. */
  #next = 0;
  #length = 0;
  #bytes = 0;

  /** Entries that wait. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of the entries that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest entry came; undefined when nothing waits. */
  get oldest(): number | undefined {
    return this.#length === 0 ? undefined : this.#pages[0]?.at[this.#next];
  }

  /** @param bytes of a reader; they are copied */
  put(at: number, what: Reader | EventBody, bytes: Uint8Array = NOTHING): void {
    const last = this.#pages.at(-1);
    const page =
      last && last.what.length < PAGE_ENTRIES && last.used + bytes.length <= last.data.length
        ? last
        : this.#turn(bytes.length);
    if (bytes.length > 0) page.data.set(bytes, page.used);
    page.used += bytes.length;
    const i = page.what.length;
    page.at[i] = at;
    page.end[i] = page.used;
    page.what.push(what);
    this.#length++;
    this.#bytes += bytes.length;
  }

  /** Takes the oldest entry, as the events that it makes. */
  take(): readonly LateEvent[] {
    const page = this.#pages[0];
    const what = page?.what[this.#next];
    if (!page || !what) return [];
    const i = this.#next++;
    const from = i === 0 ? 0 : (page.end[i - 1] ?? 0);
    const bytes = page.data.subarray(from, page.end[i]);
    if (this.#next === page.what.length) this.#leave(page);
    this.#length--;
    this.#bytes -= bytes.length;
    const at = page.at[i] ?? 0;
    return 'read' in what ? what.read(bytes).map((event) => ({ event, at })) : [{ event: what, at }];
  }

  /** All of the first page is taken. The only one serves again: a dialogue must not pay for a new one at each message. */
  #leave(page: Page): void {
    if (this.#pages.length === 1 && page.data.length === PAGE_BYTES) page.empty();
    else this.#pages.shift();
    this.#next = 0;
  }

  #turn(bytes: number): Page {
    const page = new Page(Math.max(PAGE_BYTES, bytes));
    this.#pages.push(page);
    return page;
  }
}
