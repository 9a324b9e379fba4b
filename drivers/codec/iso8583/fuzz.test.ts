import assert from 'node:assert/strict';
import { fuzz } from './iso8583.fuzz.ts';

describe('iso8583 fuzzing', () => {
  it('thirty thousand random and mutated frames do no harm, and the seed decides which', async () => {
    const told: number[] = [];
    const first = await fuzz({ count: 15_000, seed: 42, progress: (done) => told.push(done) });
    assert.equal(first.frames, 15_000);
    assert.equal(told.at(-1), 15_000);
    // Enough of them get past the first bytes.
    assert.ok(first.accepted > 1000, `${first.accepted} accepted`);
    assert.deepEqual(await fuzz({ count: 15_000, seed: 42 }), first);
    assert.notDeepEqual(await fuzz({ count: 15_000, seed: 43 }), first);
  });
});
