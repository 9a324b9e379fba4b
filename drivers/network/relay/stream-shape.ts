import type { MessageDirection } from '../../../rig/model/message.ts';
import type { DelayLine, Fate } from './delay-line.ts';
import type { RelayFault } from './relay-fault.ts';

export interface ShapeHost {
  readonly direction: MessageDirection;
  now(): number;
  standing(): readonly RelayFault[];
}

/**
 * Faults on the whole stream of a direction: delay, bandwidth and split of everything, message or not. Several add up: the
 * longest delay of each, the lowest rate, the smallest segment.
 */
export class StreamShape {
  readonly #host: ShapeHost;
  readonly #line: DelayLine;
  /** When the last bit of what was throttled is through, nominal ms. */
  #free = 0;

  constructor(host: ShapeHost, line: DelayLine) {
    this.#host = host;
    this.#line = line;
  }

  /** Hands bytes on after the path's `delay`, shaped by what stands. */
  carry(bytes: Uint8Array, delay: number, fate: Fate | undefined): void {
    const faults = this.#host.standing();
    if (faults.length === 0) {
      this.#line.carry(bytes, delay, fate);
      return;
    }
    let late = delay;
    let rate = Number.POSITIVE_INFINITY;
    let every = 0;
    let size = bytes.length;
    for (const fault of faults) {
      const { do: action, bytes: segment } = fault.fault;
      if (action === 'delay') late += (fault.length ?? 0) + fault.jitter();
      if (action === 'bandwidth') rate = Math.min(rate, fault.rate);
      if (action === 'split') {
        size = Math.min(size, segment ?? size);
        every = Math.max(every, fault.every);
      }
      this.#met(fault, bytes.length);
    }
    // What is throttled leaves in small parts, so that its bytes arrive as they would from a slow line.
    if (Number.isFinite(rate)) size = Math.min(size, Math.max(1, Math.floor((rate * 20) / 8000)));
    const now = this.#host.now();
    for (let at = 0; at < bytes.length; at += size) {
      const segment = bytes.subarray(at, at + size);
      const wire = Number.isFinite(rate) ? (segment.length * 8000) / rate : 0;
      this.#free = Math.max(this.#free, now + (at > 0 ? 0 : -every)) + Math.max(wire, every);
      const wait = Math.max(0, this.#free - now);
      this.#line.carry(
        segment,
        wire > 0 || every > 0 ? late + wait : late,
        at + size < bytes.length ? undefined : fate,
      );
    }
  }

  /** The first bytes are the strike: from then on it is in force for all of the stream. */
  #met(fault: RelayFault, bytes: number): void {
    fault.handedOn[this.#host.direction] += bytes;
    fault.firstEffectAt ??= this.#host.now();
  }
}
