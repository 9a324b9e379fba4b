import assert from 'node:assert/strict';
import { afterSilence } from './quiet.ts';

/** A clock whose timers fire when the test says so. */
function stoppedClock() {
  let now = 0;
  let pending: { readonly due: number; readonly fn: () => void } | undefined;
  return {
    now: () => now,
    after(ms: number, fn: () => void) {
      const timer = { due: now + ms, fn };
      pending = timer;
      return () => {
        if (pending === timer) pending = undefined;
      };
    },
    /** Fires the timer that is due next, so much late. False when there is none. */
    fire(late: number): boolean {
      const timer = pending;
      if (!timer) return false;
      pending = undefined;
      now = timer.due + late;
      timer.fn();
      return true;
    },
  };
}

describe('silence on a printer line', () => {
  it('is over after its time on a machine in order', () => {
    const clock = stoppedClock();
    let over = 0;
    afterSilence(clock, 1000, () => over++);
    while (clock.fire(5));
    assert.equal(over, 1);
    assert.equal(clock.now(), 1020);
  });

  it('does not count what this machine slept through', () => {
    const clock = stoppedClock();
    let overAt: number | undefined;
    afterSilence(clock, 1000, () => {
      overAt = clock.now();
    });
    clock.fire(3000);
    clock.fire(3000);
    assert.equal(overAt, undefined, 'after 6.5 s of which the machine slept 6');
    while (clock.fire(0));
    assert.equal(overAt, 7500);
  });

  it('is over in the end on a machine that does nothing but stall', () => {
    const clock = stoppedClock();
    let over = 0;
    afterSilence(clock, 1000, () => over++);
    while (clock.fire(3000));
    assert.equal(over, 1);
  });

  it('is nobody’s business once cancelled', () => {
    const clock = stoppedClock();
    const cancel = afterSilence(clock, 1000, () => assert.fail('was cancelled'));
    clock.fire(0);
    cancel();
    assert.equal(clock.fire(0), false);
  });
});
