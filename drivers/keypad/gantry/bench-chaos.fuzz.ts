import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { holdersOf, remove, scratch, start, verdictsOf } from '../../../rig/cli/testing/cli.ts';
import type { FuzzTask } from '../../../rig/house/fuzz-task.ts';
import { makeRandom } from '../../virtual/random.ts';

/** `npm run fuzz -- bench-chaos`: whole runs of scenarios on a bench one of whose ports dies: four by default (one counts as 2.5 million inputs). */
const INPUTS_A_RUN = 2_500_000;
const PLANES = ['keypad', 'card', 'display', 'printer', 'power'] as const;
/** After the first step has begun, wall ms. */
const LONGEST_WAIT_MS = 3000;

/**
 * A port of the bench vanishes at some time in a run. The run ends by itself with a complete journal, and no scenario is
 * blamed on the terminal: what the bench broke is broken, what comes behind is skipped.
 */
export async function fuzz({ count, seed, progress }: FuzzTask): Promise<unknown> {
  const runs = Math.max(1, Math.ceil(count / INPUTS_A_RUN));
  const verdicts: Record<string, number> = {};
  for (let run = 0; run < runs; run++) {
    const random = makeRandom(seed * 1000 + run);
    const plane = PLANES[run % PLANES.length] ?? 'keypad';
    const folder = scratch();
    const file = join(folder, 'ports.yaml');
    const virtual = start(['virtual', '--speed', '50', '--write-bench', file], { cwd: folder });
    try {
      await virtual.shown('ports.yaml');
      const bench = parse(readFileSync(file, 'utf8')) as {
        readonly planes: Readonly<Record<string, { readonly port: string }>>;
      };
      const out = join(folder, 'run');
      const args = [
        'run',
        '--bench',
        file,
        '--grep',
        'CITY-00[13]|ONLINE-001',
        '--out',
        out,
        '--formats',
        'none',
      ];
      const running = start(args, { cwd: folder });
      await running.shown('step 1');
      await new Promise((resolve) => setTimeout(resolve, random.next() * LONGEST_WAIT_MS));
      for (const holder of holdersOf(bench.planes[plane]?.port ?? '', virtual.child.pid ?? 0))
        process.kill(holder, 'SIGKILL');
      const result = await running.finished;
      const found = Object.values(verdictsOf(out)).map(({ verdict }) => verdict);
      const what = `seed ${seed}, run ${run}, ${plane}: ${found.join(', ')}\n${result.stdout}${result.stderr}`;
      assert.ok(found.length > 0, what);
      assert.ok(!found.includes('failed') && !found.includes('invalid'), what);
      for (const verdict of found) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    } finally {
      virtual.child.kill('SIGTERM');
      await virtual.finished;
      remove(folder);
    }
    progress((run + 1) * INPUTS_A_RUN);
  }
  return { runs, verdicts };
}
