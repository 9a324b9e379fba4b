import type { Clock } from '../../../rig/model/time.ts';

/** What pending waits of a power cycle reject with when the mains go. Only the main loop of the firmware catches it. */
export class PowerLost extends Error {
  override readonly name = 'PowerLost';
}

/**
 * One life of the firmware, from mains on to mains off. Everything that touches the world (display, flash, sockets,
 * printer line) asks it first, so that after `end()` not one byte is written, whatever code was still about to run.
 */
export interface PowerCycle {
  readonly clock: Clock;
  /** Aborted at the instant of the cut. */
  readonly signal: AbortSignal;
  /** Throws PowerLost once the power is gone. */
  assertPowered(): void;
  /** Nominal ms; rejects with PowerLost at the cut. */
  sleep(ms: number): Promise<void>;
  /** Runs `fn` after nominal ms, never after the cut; the returned function cancels. */
  after(ms: number, fn: () => void): () => void;
  /** Registers what has to happen in the very instant of the cut; the returned function unregisters. */
  onCut(fn: () => void): () => void;
  end(): void;
}

/** Starts a power cycle on the bench's nominal clock. */
export function startPowerCycle(clock: Clock): PowerCycle {
  const controller = new AbortController();
  const { signal } = controller;
  const onCut = (fn: () => void) => {
    signal.addEventListener('abort', fn, { once: true });
    return () => signal.removeEventListener('abort', fn);
  };
  return {
    clock,
    signal,
    assertPowered: () => {
      if (signal.aborted) throw signal.reason;
    },
    sleep: (ms) => clock.sleep(ms, signal),
    after: (ms, fn) => {
      if (signal.aborted) return () => undefined;
      const cancelTimer = clock.after(ms, () => {
        forget();
        fn();
      });
      const forget = onCut(cancelTimer);
      return () => {
        cancelTimer();
        forget();
      };
    },
    onCut,
    end: () => controller.abort(new PowerLost('the power is off')),
  };
}
