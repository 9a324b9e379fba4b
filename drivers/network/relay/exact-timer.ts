import type { Clock } from '../../../rig/model/time.ts';

/**
 * How long before its time the loop is watched turn by turn, wall ms: a timer of Node that must not be early may be late
 * by nearly as much, its own millisecond and the one that the kernel sleeps.
 */
const WATCH_WALL_MS = 3;

/**
 * Calls `fn` once, never before `ms` nominal ms, and sooner after them than a timer does: a timer until shortly before,
 * then every turn of the loop is looked at, which goes on doing its work. For delays that a fault or a path asks for; it
 * keeps a processor busy meanwhile, for at most `WATCH_WALL_MS` a delay. The returned function cancels.
 */
export function afterExactly(clock: Clock, ms: number, fn: () => void): () => void {
  const due = clock.now() + ms;
  let turn: NodeJS.Immediate | undefined;
  const watch = () => {
    if (clock.now() >= due) fn();
    else turn = setImmediate(watch);
  };
  // A whole number of wall ms: the clock would round up what is not one.
  const early = Math.floor(ms / clock.rate - WATCH_WALL_MS);
  let cancel = () => {};
  if (early > 0) cancel = clock.after(early * clock.rate, watch);
  else turn = setImmediate(watch);
  return () => {
    cancel();
    clearImmediate(turn);
  };
}

/** The same clock, whose `after` is `afterExactly`. */
export function exactly(clock: Clock): Clock {
  return {
    rate: clock.rate,
    now: () => clock.now(),
    wallTime: () => clock.wallTime(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    after: (ms, fn) => afterExactly(clock, ms, fn),
  };
}
