import type { Clock } from '../../../../rig/model/time.ts';

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves on by `ms`, firing what falls due in order, and lets promises settle in between. */
  advance(ms: number): Promise<void>;
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

export function manualClock(): ManualClock {
  let time = 0;
  const timers = new Set<{ readonly due: number; readonly fn: () => void }>();
  const after = (ms: number, fn: () => void) => {
    const timer = { due: time + ms, fn };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  return {
    rate: 1,
    now: () => time,
    wallTime: () => '2026-11-22T01:02:03.000Z',
    after,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
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
    advance: async (ms) => {
      const end = time + ms;
      await settle();
      for (;;) {
        const [next] = [...timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due);
        if (!next) break;
        timers.delete(next);
        time = Math.max(time, next.due);
        next.fn();
        await settle();
      }
      time = end;
    },
  };
}
