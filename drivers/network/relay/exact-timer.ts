import type { Clock } from '../../../rig/model/time.ts';

/** How long before its time the loop is watched turn by turn, wall ms: a timer of Node may be late by as much. */
const WATCH_WALL_MS = 2;

/**
 * Calls `fn` once, never before `ms` nominal ms, and sooner after them than a timer does: a timer until shortly before,
 * then every turn of the loop is looked at, which goes on doing its work. For the few delays that a fault asks for; it
 * keeps a processor busy meanwhile. The returned function cancels.
 */
export function afterExactly(clock: Clock, ms: number, fn: () => void): () => void {
  const due = clock.now() + ms;
  let turn: NodeJS.Immediate | undefined;
  const watch = () => {
    if (clock.now() >= due) fn();
    else turn = setImmediate(watch);
  };
  const early = ms - WATCH_WALL_MS * clock.rate;
  let cancel = () => {};
  if (early > 0) cancel = clock.after(early, watch);
  else turn = setImmediate(watch);
  return () => {
    cancel();
    clearImmediate(turn);
  };
}
