import type { Clock } from '../../rig/model/time.ts';

/** A silence is watched in so many pieces. */
const PIECES = 4;
/** However this machine stalls: after so many pieces the silence is taken for one. */
const MOST_PIECES = 10 * PIECES;

/**
 * Calls back when nothing has come for `ms` nominal milliseconds; the returned function cancels, and whoever hears something
 * cancels. Only time counts in which this process was awake: on a machine that stalls, what was sent meanwhile may stand in
 * line behind the timer, and its sender may have stalled as well. A piece of the silence that took twice its time, or more,
 * is watched again; ten times as long at most, if every piece does.
 */
export function afterSilence(clock: Pick<Clock, 'now' | 'after'>, ms: number, over: () => void): () => void {
  const piece = ms / PIECES;
  let quiet = 0;
  let watched = 0;
  let cancel = (): void => {};
  const watch = (): void => {
    const from = clock.now();
    cancel = clock.after(piece, () => {
      watched++;
      if (clock.now() - from < 2 * piece) quiet++;
      if (quiet >= PIECES || watched >= MOST_PIECES) over();
      else watch();
    });
  };
  watch();
  return () => cancel();
}
