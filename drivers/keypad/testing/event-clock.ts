import type { Clock } from '../../../rig/model/time.ts';

/** Turns of the event loop without anything new after which nothing more is on its way. */
const QUIET_TURNS = 8;
const LEAST_STEP_MS = 0.001;

export interface EventClock extends Clock {
  /** Bytes are on their way: time stands still until they have arrived. */
  busy(): void;
  stop(): void;
}

/**
 * A clock that jumps from event to event: time stands still while anything happens and leaps to the next timer when
 * nothing does any more. Hours of motion take seconds, the same seed gives the same run on every machine, and a busy
 * machine changes nothing. Only for parts that live in one process and tell the clock of bytes that are on their way.
 */
export function eventClock(): EventClock {
  let time = 0;
  let quiet = 0;
  let running = true;
  let sequence = 0;
  const timers = new Map<number, { readonly due: number; readonly fn: () => void }>();
  const after = (ms: number, fn: () => void) => {
    const id = ++sequence;
    timers.set(id, { due: time + Math.max(0, ms), fn });
    quiet = 0;
    return () => void timers.delete(id);
  };
  const turn = () => {
    if (!running) return;
    if (++quiet > QUIET_TURNS) {
      let next: { readonly id: number; readonly due: number; readonly fn: () => void } | undefined;
      for (const [id, { due, fn }] of timers) if (!next || due < next.due) next = { id, due, fn };
      if (next) {
        timers.delete(next.id);
        // Somebody who asks for now, again and again, must not stop time.
        time = Math.max(time + LEAST_STEP_MS, next.due);
        quiet = 0;
        next.fn();
      }
    }
    setImmediate(turn);
  };
  setImmediate(turn);
  return {
    rate: 1,
    now: () => time,
    wallTime: () => '2026-11-22T01:02:03.000Z',
    after,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          cancel();
          reject(signal?.reason);
        };
        const cancel = after(ms, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    busy: () => {
      quiet = 0;
    },
    stop: () => {
      running = false;
    },
  };
}
