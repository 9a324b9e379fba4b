import type { FuzzTask } from '../../../rig/house/fuzz-task.ts';
import { soak } from '../testing/soak.ts';

/** `npm run fuzz -- soak`: 20,000 presses by default (one counts as 500 inputs). */
const INPUTS_A_PRESS = 500;

export async function fuzz({ count, seed, progress }: FuzzTask): Promise<string> {
  const presses = Math.max(1, Math.ceil(count / INPUTS_A_PRESS));
  const { registered, missed, wrong, failed, homings } = await soak(presses, seed, (done) =>
    progress(done * INPUTS_A_PRESS),
  );
  return `${presses} presses: ${registered} taken exactly once, ${missed} missed and told, ${wrong} taken as another key and told, ${failed} failed and told; homed ${homings} times; none silent, none doubled`;
}
