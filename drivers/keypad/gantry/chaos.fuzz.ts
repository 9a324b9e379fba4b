import type { FuzzTask } from '../../../rig/house/fuzz-task.ts';
import { CHAOS, chaosRun } from '../testing/chaos.ts';

/** `npm run fuzz -- chaos`: 2,000 runs by default (one counts as 5,000 inputs). */
const INPUTS_A_RUN = 5000;
/** Runs at once: each is little work and many turns of the event loop. */
const TOGETHER = 10;

export async function fuzz({ count, seed, progress }: FuzzTask): Promise<unknown> {
  const runs = Math.max(1, Math.ceil(count / INPUTS_A_RUN));
  const verdicts: Record<string, number> = {};
  const faults = Object.fromEntries(CHAOS.map((chaos) => [chaos, 0])) as Record<string, number>;
  let [struck, heldAndTold] = [0, 0];
  for (let done = 0; done < runs; done += TOGETHER) {
    const batch = Array.from({ length: Math.min(TOGETHER, runs - done) }, (_, i) =>
      chaosRun(seed * 1_000_000 + done + i),
    );
    for (const run of await Promise.all(batch)) {
      verdicts[run.verdict] = (verdicts[run.verdict] ?? 0) + 1;
      faults[run.chaos] = (faults[run.chaos] ?? 0) + 1;
      if (run.struck) struck++;
      if (run.heldAndTold) heldAndTold++;
    }
    progress((done + batch.length) * INPUTS_A_RUN);
  }
  return { runs, struck, verdicts, heldAndTold, faults };
}
