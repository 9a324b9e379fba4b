import assert from 'node:assert/strict';
import { makeClock } from '../../../rig/model/time.ts';
import { afterExactly, exactly } from './exact-timer.ts';

describe('an exact timer', () => {
  it('is never early, whatever the length and the rate of the clock', async () => {
    for (const rate of [1, 30]) {
      const clock = makeClock(rate);
      await Promise.all(
        [0.1, 1, 1.9, 2, 2.1, 5, 17].map(async (wall) => {
          const since = clock.now();
          await new Promise<void>((resolve) => afterExactly(clock, wall * rate, resolve));
          assert.ok(clock.now() - since >= wall * rate);
        }),
      );
    }
  });

  it('can be cancelled while it waits and while it watches', async () => {
    const clock = makeClock(1);
    let called = 0;
    const count = () => {
      called++;
    };
    const [far, near] = [afterExactly(clock, 8, count), afterExactly(clock, 1, count)];
    near();
    far();
    await new Promise<void>((resolve) => afterExactly(clock, 20, resolve));
    assert.equal(called, 0);
  });

  it('asks the clock for whole wall ms that leave time to watch, at any rate', () => {
    const asked: number[] = [];
    for (const rate of [0.5, 1, 7, 30]) {
      const clock = exactly({
        ...makeClock(rate),
        after: (ms) => {
          asked.push(ms / rate);
          return () => {};
        },
      });
      for (const wall of [3.9, 4, 20.4, 300]) clock.after(wall * rate, () => {})();
    }
    assert.deepEqual(
      asked.map((ms) => Math.round(ms * 1e6) / 1e6),
      [2, 2, 18, 298, 2, 2, 18, 298, 2, 2, 18, 298, 2, 2, 18, 298],
    );
  });
});
