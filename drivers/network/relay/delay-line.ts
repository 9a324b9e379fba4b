import type { Socket } from 'node:net';
import type { Clock } from '../../../rig/model/time.ts';

/** How bytes fared: `true` once the kernel has taken them, `false` when they were dropped or the socket was gone. */
type Fate = (taken: boolean) => void;

type Item =
  | { readonly due: number; readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly fate: Fate }
  | { readonly due: number; readonly kind: 'end' }
  | { readonly due: number; readonly kind: 'reset' };

/**
 * Carries bytes and the close of one direction to a socket, each after its delay and in order: what is due earlier than
 * what came before it waits for that. Without a delay bytes are written in the same turn.
 */
export class DelayLine {
  readonly #clock: Clock;
  readonly #to: Socket;
  readonly #onWrite: (bytes: Uint8Array) => void;
  readonly #onRelief: () => void;
  readonly #queue: Item[] = [];
  #queued = 0;
  #cancel: (() => void) | undefined;

  /**
   * @param onWrite called with bytes at the moment they are handed to the socket
   * @param onRelief called whenever there is more room than before
   */
  constructor(clock: Clock, to: Socket, onWrite: (bytes: Uint8Array) => void, onRelief: () => void) {
    this.#clock = clock;
    this.#to = to;
    this.#onWrite = onWrite;
    this.#onRelief = onRelief;
  }

  /** Bytes that wait here or in the socket. */
  get waiting(): number {
    return this.#queued + this.#to.writableLength;
  }

  /** Hands `bytes` on after at least `delay` nominal ms. */
  carry(bytes: Uint8Array, delay: number, fate: Fate = () => {}): void {
    this.#queued += bytes.length;
    this.#put({ due: this.#due(delay), kind: 'bytes', bytes, fate });
  }

  /** Closes the socket (`end`: in order, with a FIN; `reset`: with a RST) after everything before it. */
  close(how: 'end' | 'reset', delay: number): void {
    const due = this.#due(delay);
    this.#put(how === 'end' ? { due, kind: 'end' } : { due, kind: 'reset' });
  }

  /** Forgets everything that has not been handed on. Returns how many bytes that were. */
  drop(): number {
    this.#cancel?.();
    this.#cancel = undefined;
    const dropped = this.#queued;
    this.#queued = 0;
    for (const item of this.#queue.splice(0)) if (item.kind === 'bytes') item.fate(false);
    return dropped;
  }

  #due(delay: number): number {
    return this.#clock.now() + delay;
  }

  #put(item: Item): void {
    this.#queue.push(item);
    if (this.#cancel === undefined) this.#run();
  }

  #run(): void {
    this.#cancel = undefined;
    for (;;) {
      const item = this.#queue[0];
      if (!item) return;
      const wait = item.due - this.#clock.now();
      if (wait > 0) {
        this.#cancel = this.#clock.after(wait, () => this.#run());
        return;
      }
      this.#queue.shift();
      this.#handOn(item);
    }
  }

  #handOn(item: Item): void {
    if (item.kind === 'end') {
      this.#to.end();
      return;
    }
    if (item.kind === 'reset') {
      this.#to.resetAndDestroy();
      return;
    }
    this.#queued -= item.bytes.length;
    if (!this.#to.writable) {
      item.fate(false);
      return;
    }
    this.#onWrite(item.bytes);
    this.#to.write(item.bytes, (error) => {
      item.fate(!error);
      this.#onRelief();
    });
  }
}
