import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../rig/model/time.ts';

/** How bytes fared: `true` once the kernel has taken them, `false` when they were dropped or the socket was gone. */
export type Fate = (taken: boolean) => void;

/** How long bytes may wait for a receiver that is reset behind them, wall ms. */
const FLUSH_WALL_MS = 5_000;

type Item =
  | {
      readonly due: number;
      readonly kind: 'bytes';
      readonly bytes: Uint8Array;
      readonly fate: Fate | undefined;
    }
  | { readonly due: number; readonly kind: 'end' | 'reset'; readonly fate: Fate | undefined };

/**
 * Carries bytes and the close of one direction to a socket, each after its delay and in order: what is due earlier than
 * what came before it waits for that. Without a delay bytes are written in the same turn.
 */
export class DelayLine {
  readonly #clock: Clock;
  readonly #to: Duplex;
  readonly #beneath: Socket;
  readonly #onWrite: (bytes: Uint8Array) => void;
  #queue: Item[] = [];
  #first = 0;
  #queued = 0;
  #cancel: (() => void) | undefined;

  /**
   * @param beneath the TCP socket under `to`; the same, unless TLS is spoken
   * @param onWrite called with bytes right after they were handed to the socket
   * @param onRelief called whenever there is more room than before
   */
  constructor(
    clock: Clock,
    to: Duplex,
    beneath: Socket,
    onWrite: (bytes: Uint8Array) => void,
    onRelief: () => void,
  ) {
    this.#clock = clock;
    this.#to = to;
    this.#beneath = beneath;
    this.#onWrite = onWrite;
    to.on('drain', onRelief);
  }

  /** Bytes that wait here or in the socket. */
  get waiting(): number {
    return this.#queued + this.#to.writableLength;
  }

  /** Hands `bytes` on after at least `delay` nominal ms. */
  carry(bytes: Uint8Array, delay: number, fate?: Fate): void {
    if (delay === 0 && this.#first === this.#queue.length) {
      this.#write(bytes, fate);
      return;
    }
    this.#queued += bytes.length;
    this.#put({ due: this.#clock.now() + delay, kind: 'bytes', bytes, fate });
  }

  /** Hands `bytes` on in this turn and tells nobody of it; false, and nothing is done, when something waits before them. */
  writeNow(bytes: Uint8Array): boolean {
    if (this.#first !== this.#queue.length || !this.#to.writable) return false;
    this.#to.write(bytes);
    return true;
  }

  /** Closes the socket (`end`: in order, with a FIN; `reset`: with a RST) after everything before it. */
  close(how: 'end' | 'reset', delay: number, fate?: Fate): void {
    this.#put({ due: this.#clock.now() + delay, kind: how, fate });
  }

  /** Forgets everything that has not been handed on. Returns how many bytes that were. */
  drop(): number {
    this.#cancel?.();
    this.#cancel = undefined;
    const dropped = this.#queued;
    const queue = this.#queue;
    const first = this.#first;
    this.#queued = 0;
    this.#queue = [];
    this.#first = 0;
    for (let i = first; i < queue.length; i++) queue[i]?.fate?.(false);
    return dropped;
  }

  #put(item: Item): void {
    this.#queue.push(item);
    if (this.#cancel === undefined) this.#run();
  }

  #run(): void {
    this.#cancel = undefined;
    for (;;) {
      const item = this.#queue[this.#first];
      if (!item) {
        this.#queue = [];
        this.#first = 0;
        return;
      }
      const wait = item.due - this.#clock.now();
      if (wait > 0) {
        this.#cancel = this.#clock.after(wait, () => this.#run());
        return;
      }
      this.#first++;
      if (this.#first > 1024) {
        this.#queue = this.#queue.slice(this.#first);
        this.#first = 0;
      }
      if (item.kind === 'bytes') {
        this.#queued -= item.bytes.length;
        this.#write(item.bytes, item.fate);
      } else if (item.kind === 'end') {
        this.#to.end();
        item.fate?.(true);
      } else {
        this.#resetBehind(item.fate);
      }
    }
  }

  #write(bytes: Uint8Array, fate: Fate | undefined): void {
    if (!this.#to.writable) {
      fate?.(false);
      return;
    }
    if (fate) this.#to.write(bytes, (error) => fate(!error));
    else this.#to.write(bytes);
    this.#onWrite(bytes);
  }

  /** An RST throws away what the kernel has not sent yet: what was written before is given the time to leave. */
  #resetBehind(fate: Fate | undefined): void {
    const reset = () => {
      clearTimeout(late);
      if (!this.#beneath.destroyed) this.#beneath.resetAndDestroy();
      fate?.(true);
    };
    const late = setTimeout(reset, FLUSH_WALL_MS);
    if (this.#to.writableLength === 0 || !this.#to.writable) reset();
    else this.#to.write('', reset);
  }
}
