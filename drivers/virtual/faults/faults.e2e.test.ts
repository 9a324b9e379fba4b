import assert from 'node:assert/strict';
import { join } from 'node:path';
import { posrig, remove, scratch, verdictsOf } from '../../../rig/cli/testing/cli.ts';

/**
 * A slice of the catalogue in whole runs, one of every kind. (`npm run fuzz -- bench-faults` runs all of it.) What comes of
 * a fault of the bench is never the terminal's.
 */
const RUNS: Readonly<Record<string, readonly string[]>> = {
  'card-not-seated': ['broken', 'inconclusive'],
  'homing-silent': ['broken'],
  unplugged: ['broken', 'inconclusive'],
  battery: ['broken'],
  'paper-out': ['broken'],
};

describe('faults of the virtual bench in whole runs', function () {
  this.timeout(600_000);
  const folder = scratch();
  after(() => remove(folder));

  for (const [id, wanted] of Object.entries(RUNS)) {
    it(`${id}: ${wanted.join(' or ')}, and the terminal is not blamed`, async () => {
      const out = join(folder, id);
      const options = [
        '--bench-fault',
        id,
        '--grep',
        id === 'battery' ? 'POWER-002' : 'ONLINE-001\\[chip\\]',
        '--formats',
        'none',
      ];
      const run = await posrig(['run', ...options, '--out', out]);
      const verdicts = Object.values(verdictsOf(out));
      assert.ok(verdicts.length > 0, run.stdout + run.stderr);
      for (const { verdict, blame, reason } of verdicts) {
        assert.ok(wanted.includes(verdict), `${verdict}: ${reason}`);
        assert.equal(blame, 'bench', reason);
      }
      assert.equal(run.code, 2);
    });
  }

  it('an unknown one is refused with the nearest word', async () => {
    const run = await posrig(['run', '--bench-fault', 'homing-silet', '--out', join(folder, 'none')]);
    assert.notEqual(run.code, 0);
    assert.match(run.stdout + run.stderr, /did you mean homing-silent/);
  });
});
