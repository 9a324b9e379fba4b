import type { Clock } from '../../../rig/model/time.ts';

/**
 * How long before its time the loop is watched turn by turn, wall ms: a timer of Node may be late by its own millisecond
 * and by the one that the kernel sleeps. No longer than that: on a busy machine a program that watches for long has used
 * up its turn on the processor when the time comes, and waits for its next one.
 */
const WATCH_WALL_MS = 2;

/** The times, by `performance.now()`, at which something is to be done exactly. */
const dues = new Set<{ readonly wallMs: number }>();

/**
 * Calls `fn` once, never before `ms` nominal ms, and sooner after them than a timer does: a timer until shortly before,
 * then every turn of the loop is looked at, which goes on doing its work. For delays that a fault or a path asks for; it
 * keeps a processor busy meanwhile, for about `WATCH_WALL_MS` a delay. The returned function cancels.
 */
export function afterExactly(clock: Clock, ms: number, fn: () => void): () => void {
  const due = clock.now() + ms;
  const entry = { wallMs: performance.now() + ms / clock.rate };
  dues.add(entry);
  let turn: NodeJS.Immediate | undefined;
  const watch = () => {
    if (clock.now() < due) {
      turn = setImmediate(watch);
      return;
    }
    dues.delete(entry);
    fn();
  };
  // A whole number of wall ms: the clock would round up what is not one.
  const early = Math.round(ms / clock.rate - WATCH_WALL_MS);
  let cancel = () => {};
  if (early > 0) cancel = clock.after(early * clock.rate, watch);
  else turn = setImmediate(watch);
  return () => {
    cancel();
    clearImmediate(turn);
    dues.delete(entry);
  };
}

/**
 * Wall ms until the next thing that is to be done exactly in this process, negative when it is overdue; undefined when there
 * is none. Work that can wait is not begun shortly before.
 */
export function untilExactly(): number | undefined {
  let next = Number.POSITIVE_INFINITY;
  for (const { wallMs } of dues) if (wallMs < next) next = wallMs;
  return next === Number.POSITIVE_INFINITY ? undefined : next - performance.now();
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
