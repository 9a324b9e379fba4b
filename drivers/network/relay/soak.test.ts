import assert from 'node:assert/strict';
import { soak } from './testing/soak.ts';

describe('relay over many faults', () => {
  it('leaks neither sockets nor timers, and proves every fault (ten thousand in npm run perf)', async () => {
    const { resources, proved } = await soak(280);
    assert.equal(proved, 280);
    // A growing number would be in the hundreds; a close or two may still be under way.
    assert.ok(resources <= 4, `${resources} more sockets or timers than before`);
  }).timeout(120_000);
});
