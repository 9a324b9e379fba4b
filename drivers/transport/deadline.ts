import type { RigError } from '../../rig/model/errors.ts';
import type { Clock } from '../../rig/model/time.ts';

/**
 * Wall time that every wait on a fixture gets on top of its nominal time. The fixture's own motion runs on the nominal
 * clock, but cables, kernel and a busy machine do not: without it a fast clock would make an honest answer late.
 */
const GRACE_WALL_MS = 3000;

/** Calls `late` once `ms` nominal milliseconds and the grace have passed; the returned function cancels. */
export function expire(clock: Clock, ms: number, late: () => void): () => void {
  return clock.after(ms + GRACE_WALL_MS * clock.rate, late);
}

/**
 * `promise`, or the error of `late` when it takes more than `ms` nominal milliseconds plus grace. What it does later is
 * nobody's concern any more: a late rejection is swallowed.
 */
export function within<T>(clock: Clock, ms: number, promise: Promise<T>, late: () => RigError): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = expire(clock, ms, () => reject(late()));
    promise.then(resolve, reject).finally(cancel);
  });
}
