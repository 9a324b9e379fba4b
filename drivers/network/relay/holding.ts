import { type Clock, formatDuration } from '../../../rig/model/time.ts';
import { afterExactly } from './exact-timer.ts';
import type { RelayFault } from './relay-fault.ts';

/**
 * Something that is waited for. Whoever waits is called in the very turn in which it is over, in the order in which they began
 * to wait: bytes that are due go on at once, not some turns of a promise later.
 */
export class Hold {
  #waiting: (() => void)[] | undefined = [];

  /** A hold that is over when `promise` is, well or not. */
  static until(promise: Promise<unknown>): Hold {
    const hold = new Hold();
    const end = () => hold.end();
    promise.then(end, end);
    return hold;
  }

  /** Calls `act` when it is over; at once when it is. */
  whenOver(act: () => void): void {
    if (this.#waiting) this.#waiting.push(act);
    else act();
  }

  /** Nobody needs to be called any more. */
  forget(act: () => void): void {
    this.#waiting = this.#waiting?.filter((other) => other !== act);
  }

  end(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const act of waiting) act();
  }

  /** The same as a promise. */
  over(): Promise<void> {
    return new Promise((resolve) => this.whenOver(resolve));
  }
}

/**
 * Holds for the fault's length and its jitter, or until it is healed.
 * @param gone is over when nobody is left to wait
 * @param since when what is held was there, nominal ms; default: now
 */
export function holdFor(clock: Clock, fault: RelayFault, gone?: Hold, since: number = clock.now()): Hold {
  const length = fault.length === undefined ? undefined : fault.length + fault.jitter();
  const hold = new Hold();
  let cancel = () => {};
  let over = false;
  const end = (alone: boolean) => {
    if (over) return;
    over = true;
    fault.heldMs = clock.now() - since;
    if (alone) {
      fault.told = `held for ${formatDuration(fault.heldMs)}, until an end gave the connection up`;
    } else if (length !== undefined && fault.heldMs < length) {
      fault.trouble ??= `healed after ${formatDuration(fault.heldMs)} of ${formatDuration(length)}`;
    }
    // First what is due, then everything else.
    hold.end();
    cancel();
    fault.releases.delete(done);
    gone?.forget(abandoned);
  };
  const done = () => end(false);
  const abandoned = () => end(true);
  fault.releases.add(done);
  if (length !== undefined) cancel = afterExactly(clock, since + length - clock.now(), done);
  gone?.whenOver(abandoned);
  return hold;
}

/** True for what holds something back until it is healed: healing lets go of it first. */
export const waits = ({ fault }: RelayFault): boolean =>
  ['delay', 'stall', 'reorder', 'coalesce'].includes(fault.do);

/** Lets everything go on that the fault holds. */
export function letGo(fault: RelayFault): void {
  for (const go of [...fault.releases]) go();
}
