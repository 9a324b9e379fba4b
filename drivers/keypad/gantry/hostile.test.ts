import assert from 'node:assert/strict';
import { type HostileRun, pressBehindHostileWire } from './testing/hostile.ts';

describe('gantry: behind a wire that lies', () => {
  it('believes no press that did not close its key exactly once', async () => {
    const runs: HostileRun[] = [];
    for (let seed = 1; seed <= 25; seed++) runs.push(await pressBehindHostileWire(seed));
    const believed = runs.reduce((sum, run) => sum + run.believed, 0);
    const reported = runs.reduce((sum, run) => sum + run.reported, 0);
    assert.ok(believed > 20, `only ${believed} presses were believed: nothing was tried`);
    assert.ok(reported > 20, `only ${reported} presses were reported: the wire did not lie`);
  });

  it('believes every press behind an honest one', async () => {
    assert.deepEqual(await pressBehindHostileWire(1, 0), { believed: 6, reported: 0 });
  });
});
