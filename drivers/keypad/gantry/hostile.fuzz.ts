import type { FuzzTask } from '../../../rig/house/fuzz-task.ts';
import { pressBehindHostileWire } from './testing/hostile.ts';

/** Runs at once: each waits most of its time. */
const TOGETHER = 4;

/** `npm run fuzz -- hostile`: seeded lies of the wire; one run of six presses counts as a thousand inputs. */
export async function fuzz({ count, seed, progress }: FuzzTask): Promise<string> {
  const runs = Math.max(1, Math.ceil(count / 1000));
  let believed = 0;
  let reported = 0;
  for (let done = 0; done < runs; done += TOGETHER) {
    const batch = Array.from({ length: Math.min(TOGETHER, runs - done) }, (_, i) =>
      pressBehindHostileWire(seed * 1_000_003 + done + i),
    );
    for (const run of await Promise.all(batch)) {
      believed += run.believed;
      reported += run.reported;
    }
    progress((done + batch.length) * 1000);
  }
  return `${runs} runs: ${believed} presses believed, ${reported} reported, none silent, none doubled`;
}
