import { RigError } from './errors.ts';

/**
 * One nominal clock for everything that has to do with a terminal: its timers, the path, the host and every deadline of
 * the rig. `rate` nominal seconds pass in one wall second; on real hardware the rate is 1. All durations in the code
 * base are nominal milliseconds unless a name ends in `WallMs`.
 */
export interface Clock {
  readonly rate: number;
  /** Nominal milliseconds since this clock's origin; monotonic. */
  now(): number;
  /** Wall clock as an ISO 8601 time, for stamps only. */
  wallTime(): string;
  /** Resolves after at least `ms` nominal milliseconds; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` once after at least `ms` nominal milliseconds; the returned function cancels. */
  after(ms: number, fn: () => void): () => void;
}

/** A timer of Node that is longer, about 25 days, fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A clock that runs at `rate` nominal seconds per wall second (0.01 to 1000). */
export function makeClock(rate = 1): Clock {
  if (!(rate >= 0.01 && rate <= 1000)) {
    throw new RigError('USAGE', 'file', `a clock rate must lie between 0.01 and 1000, not ${rate}`);
  }
  const origin = performance.now();
  const now = () => (performance.now() - origin) * rate;
  const after = (ms: number, fn: () => void) => {
    const due = now() + ms;
    let timer: NodeJS.Timeout;
    // setTimeout may fire up to a millisecond early: look again until the time has really come.
    const arm = () => {
      const wallMs = Math.ceil((due - now()) / rate);
      timer = setTimeout(() => (now() >= due ? fn() : arm()), Math.min(Math.max(0, wallMs), LONGEST_TIMER));
    };
    arm();
    return () => clearTimeout(timer);
  };
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
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
    });
  return { rate, now, wallTime: wallTimes(), sleep, after };
}

/** Wall clock times as ISO 8601; everything but the milliseconds is worked out once a second. */
function wallTimes(): () => string {
  let second = Number.NaN;
  let shown = '';
  return () => {
    const now = Date.now();
    const ms = now % 1000;
    if (now - ms !== second) {
      second = now - ms;
      shown = new Date(second).toISOString().slice(0, 20);
    }
    return `${shown}${String(ms).padStart(3, '0')}Z`;
  };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 };

/** Files say the same few durations, and the rig asks for them at every press. */
const durations = new Map<string, number | undefined>();
const DURATIONS = 256;

/** `"20 s"`, `"400 ms"`, `"1.5 min"`, `"2 h"` in milliseconds; undefined if it is not a duration. */
export function parseDuration(text: string): number | undefined {
  const known = durations.get(text);
  if (known !== undefined) return known;
  const ms = readDuration(text);
  if (durations.size < DURATIONS) durations.set(text, ms);
  return ms;
}

function readDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|min|h)$/.exec(text.trim());
  const unit = UNITS[match?.[2] ?? ''];
  return match && unit ? Math.round(Number(match[1]) * unit) : undefined;
}

/** Milliseconds for people: `850 ms`, `12.3 s`, `3 min 05 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
