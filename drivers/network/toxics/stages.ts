import { afterAtLeast, DueQueue, type Ending, type Stage, type StageContext } from './stage.ts';
import type { AttributesOf, ToxicKind } from './toxic.ts';

/**
 * Makes the stage of a toxic for one direction of one connection.
 * @param before the stage that this one replaces, after the toxic's attributes have changed
 */
export function makeStage({ type, attributes }: ToxicKind, context: StageContext, before?: Stage): Stage {
  switch (type) {
    case 'latency':
      return new Latency(attributes, context);
    case 'bandwidth':
      return new Bandwidth(attributes, context);
    case 'slow_close':
      return new SlowClose(attributes, context);
    case 'timeout':
      return new Timeout(attributes, context);
    case 'reset_peer':
      return new ResetPeer(attributes, context);
    case 'slicer':
      return new Slicer(attributes, context);
    case 'limit_data':
      return new LimitData(attributes, context, before instanceof LimitData ? before.passed : 0);
  }
}

/** A stage that holds things in a queue. */
abstract class Queued<A> implements Stage {
  protected readonly attributes: A;
  protected readonly context: StageContext;
  protected readonly queue: DueQueue;

  constructor(attributes: A, context: StageContext) {
    this.attributes = attributes;
    this.context = context;
    this.queue = new DueQueue(context);
  }

  abstract bytes(chunk: Uint8Array): void;

  get held(): number {
    return this.queue.held;
  }

  /** When the thing before is handed on, or now. */
  protected get after(): number {
    const now = this.context.clock.now();
    return Math.max(now, this.queue.lastDue ?? now);
  }

  /** When the close of this direction, or of the connection, may follow what is held. */
  protected get over(): number {
    return this.after;
  }

  end(how: Ending): void {
    this.queue.put({ due: this.over, over: 'end', how });
  }

  close(how: Ending): void {
    this.queue.put({ due: this.over, over: 'close', how });
  }

  release(): void {
    this.queue.release();
  }

  stop(): void {
    this.queue.stop();
  }
}

/** Delays every piece by latency ± jitter, in order; the close follows the last piece. */
class Latency extends Queued<AttributesOf<'latency'>> {
  bytes(chunk: Uint8Array): void {
    const { latency, jitter } = this.attributes;
    const delay = latency + (jitter > 0 ? (this.context.random() * 2 - 1) * jitter : 0);
    const due = this.context.clock.now() + Math.max(0, delay);
    this.queue.put({ due: Math.max(due, this.queue.lastDue ?? 0), chunk });
  }
}

/** Lets so many bytes pass in a second; large pieces go in portions of 100 ms. */
class Bandwidth extends Queued<AttributesOf<'bandwidth'>> {
  /** When the line is free again, ms of the clock. */
  #free = 0;

  bytes(chunk: Uint8Array): void {
    const bytesPerMs = this.attributes.rate;
    if (bytesPerMs <= 0) {
      this.queue.put({ due: Number.POSITIVE_INFINITY, chunk });
      return;
    }
    const portion = bytesPerMs * 100;
    for (let offset = 0; offset < chunk.length; offset += portion) {
      const piece = chunk.subarray(offset, offset + portion);
      this.#free = Math.max(this.#free, this.context.clock.now()) + piece.length / bytesPerMs;
      this.queue.put({ due: this.#free, chunk: piece });
    }
  }
}

/** Lets bytes pass and holds the close back. */
class SlowClose extends Queued<AttributesOf<'slow_close'>> {
  bytes(chunk: Uint8Array): void {
    this.context.next.bytes(chunk);
  }

  protected override get over(): number {
    return Math.max(this.after, this.context.clock.now() + this.attributes.delay);
  }
}

/** Cuts pieces into slices, with a pause after each. */
class Slicer implements Stage {
  readonly #context: StageContext;
  readonly #average: number;
  readonly #variation: number;
  readonly #pause: number;
  #waiting: Uint8Array[] = [];
  #last: (() => void) | undefined;
  #cancel: (() => void) | undefined;
  held = 0;

  constructor({ average_size, size_variation, delay }: AttributesOf<'slicer'>, context: StageContext) {
    this.#context = context;
    this.#average = Math.max(1, average_size);
    this.#variation = Math.min(Math.max(0, size_variation), this.#average - 1);
    this.#pause = Math.max(0, delay) / 1000;
  }

  bytes(chunk: Uint8Array): void {
    this.#waiting.push(chunk);
    this.held += chunk.length;
    if (this.#cancel === undefined) this.#go();
  }

  end(how: Ending): void {
    this.#atLast(() => this.#context.next.end(how));
  }

  close(how: Ending): void {
    this.#atLast(() => this.#context.next.close(how));
  }

  #atLast(last: () => void): void {
    this.#last = last;
    if (this.#cancel === undefined) this.#go();
  }

  release(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const chunk of this.#waiting.splice(0)) this.#handOn(chunk);
    this.#go();
  }

  stop(): void {
    this.#cancel?.();
    this.#waiting = [];
    this.#last = undefined;
    this.held = 0;
  }

  #go(): void {
    this.#cancel = undefined;
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      const slice = first.subarray(0, this.#size());
      if (slice.length === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(slice.length);
      this.#handOn(slice);
      if (this.#pause === 0) continue;
      this.#cancel = afterAtLeast(this.#context.clock, this.#pause, () => this.#go());
      return;
    }
    const last = this.#last;
    this.#last = undefined;
    last?.();
  }

  #handOn(slice: Uint8Array): void {
    this.held -= slice.length;
    this.#context.next.bytes(slice);
  }

  #size(): number {
    const step = Math.floor(this.#context.random() * (2 * this.#variation + 1)) - this.#variation;
    return this.#average + step;
  }
}

/** Lets nothing pass and closes the connection after a time, or when the toxic is removed. */
class Timeout implements Stage {
  readonly held = 0;
  readonly #context: StageContext;
  readonly #cancel: () => void;

  constructor({ timeout }: AttributesOf<'timeout'>, context: StageContext) {
    this.#context = context;
    this.#cancel =
      timeout > 0 ? afterAtLeast(context.clock, timeout, () => context.next.close('end')) : () => {};
  }

  bytes(): void {}

  end(how: Ending): void {
    this.#context.next.end(how);
  }

  close(how: Ending): void {
    this.#context.next.close(how);
  }

  release(): void {
    this.stop();
  }

  stop(): void {
    this.#cancel();
  }
}

/** Resets the connection, a time after the first data. Nothing passes. */
class ResetPeer implements Stage {
  readonly held = 0;
  readonly #context: StageContext;
  readonly #timeout: number;
  #cancel: (() => void) | undefined;

  constructor({ timeout }: AttributesOf<'reset_peer'>, context: StageContext) {
    this.#context = context;
    this.#timeout = timeout;
  }

  bytes(): void {
    this.#cancel ??= afterAtLeast(this.#context.clock, this.#timeout, () =>
      this.#context.next.close('reset'),
    );
  }

  end(): void {
    this.bytes();
  }

  close(how: Ending): void {
    this.#context.next.close(how);
  }

  release(): void {
    this.stop();
  }

  stop(): void {
    this.#cancel?.();
  }
}

/** Lets so many bytes of the connection pass, then closes it. */
class LimitData implements Stage {
  readonly held = 0;
  readonly #context: StageContext;
  readonly #most: number;
  passed: number;

  constructor({ bytes }: AttributesOf<'limit_data'>, context: StageContext, passed: number) {
    this.#context = context;
    this.#most = bytes;
    this.passed = passed;
  }

  bytes(chunk: Uint8Array): void {
    const { next } = this.#context;
    const piece = chunk.subarray(0, Math.max(0, this.#most - this.passed));
    this.passed += piece.length;
    if (piece.length > 0) next.bytes(piece);
    if (this.passed >= this.#most) next.close('end');
  }

  end(how: Ending): void {
    this.#context.next.end(how);
  }

  close(how: Ending): void {
    this.#context.next.close(how);
  }

  release(): void {}

  stop(): void {}
}
