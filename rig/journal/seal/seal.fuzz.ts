import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { posrig } from '../../cli/testing/cli.ts';
import { newKey, sealRun, signingKey } from './index.ts';
import { detected, randomOf, tampering } from './testing/tamper.ts';

/** `npm run fuzz -- seal`: a sealed run of the built-in bench, one change at a time; a change counts as 10,000 inputs. */
export async function fuzz({
  count,
  seed,
  progress,
}: {
  readonly count: number;
  readonly seed: number;
  readonly progress: (done: number) => void;
}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-seal-fuzz-'));
  const at = (name: string) => join(folder, name);
  try {
    const made = await posrig(['run', '--grep', 'DROP-003', '--formats', 'junit', '--out', at('run')]);
    if (made.code !== 0) throw new Error(`no run to seal: ${made.stderr}`);
    await sealRun(at('run'), { out: at('bag'), key: signingKey(newKey(at('lab.key')).privatePath) });
    cpSync(at('bag'), at('copy'), { recursive: true });
    const random = randomOf(seed);
    const changes = Math.max(1, Math.ceil(count / 10_000));
    const told = { flip: 0, cut: 0, swap: 0, insert: 0, journal: 0 };
    for (let done = 1; done <= changes; done++) {
      const change = await tampering(at('bag'), random);
      await detected(at('bag'), at('copy'), change);
      told[change.how] += 1;
      if (change.path.endsWith('journal.jsonl')) told.journal += 1;
      progress(done * 10_000);
    }
    return `${changes} changes, each noticed at its place: ${JSON.stringify(told)}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
