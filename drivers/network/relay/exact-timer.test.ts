import assert from 'node:assert/strict';
import { makeClock } from '../../../rig/model/time.ts';
import { afterExactly } from './exact-timer.ts';

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
});
