import assert from 'node:assert/strict';
import type { Profile } from '../bench/profile.ts';
import { stalledAltogether, stallThatCounts } from './noise.ts';

describe('noise of this machine', () => {
  it('never adds up to a stall on a machine in order, however long a step takes', () => {
    assert.equal(stalledAltogether(0, Number.NaN), 0);
    // An hour, each look a fifth of a millisecond late.
    assert.equal(stalledAltogether(360_000, 10.2), 0);
  });

  it('adds up where every look is late', () => {
    assert.equal(stalledAltogether(100, 21), 1000);
    assert.ok(
      stalledAltogether(100, 21) * 60 >
        stallThatCounts({ timers: { response: '60s' } } as unknown as Profile),
    );
  });
});
