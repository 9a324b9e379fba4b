import assert from 'node:assert/strict';
import { join } from 'node:path';
import { posrig, remove, scratch, verdictsOf } from '../../../rig/cli/testing/cli.ts';
import type { FuzzTask } from '../../../rig/house/fuzz-task.ts';
import { BENCH_FAULTS } from './faults.ts';

/** `npm run fuzz -- bench-faults`: a whole run with every fault of the virtual bench (one counts as 110,000 inputs: ten million for all). */
const INPUTS_A_RUN = 110_000;
/** A sale by chip and one by tap; faults of the mains show where they are cut. */
const SCENARIOS = 'ONLINE-001\\[(chip|tap)\\]';
const OF_THE_MAINS = ['battery', 'vbus-stays', 'reboot-slow', 'relay-sticks', 'power-ganged'];

/** Whatever is wrong with the bench, the run ends by itself, and no scenario is blamed on the terminal. */
export async function fuzz({ count, seed, progress }: FuzzTask): Promise<unknown> {
  const runs = Math.max(1, Math.ceil(count / INPUTS_A_RUN));
  const found: Record<string, string> = {};
  for (let run = 0; run < runs; run++) {
    const id = BENCH_FAULTS[run % BENCH_FAULTS.length]?.id ?? '';
    const folder = scratch();
    try {
      const out = join(folder, 'run');
      const options = ['--bench-fault', id, '--seed', String(seed + Math.floor(run / BENCH_FAULTS.length))];
      const result = await posrig([
        'run',
        ...options,
        '--grep',
        OF_THE_MAINS.includes(id) ? 'POWER-002' : SCENARIOS,
        '--formats',
        'none',
        '--out',
        out,
      ]);
      const verdicts = Object.values(verdictsOf(out)).map(({ verdict }) => verdict);
      const what = `seed ${seed}, ${id}: ${verdicts.join(', ')}\n${result.stdout}${result.stderr}`;
      assert.ok(verdicts.length > 0, what);
      assert.ok(!verdicts.includes('failed') && !verdicts.includes('invalid'), what);
      found[id] = verdicts.join(', ');
    } finally {
      remove(folder);
    }
    progress((run + 1) * INPUTS_A_RUN);
  }
  return found;
}
