import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { JOURNAL_FILE } from '../../rig/journal/journal.ts';
import { RigError } from '../../rig/model/errors.ts';

const DAY = 86_400_000;

/** `90 d` or `90`: days. Throws USAGE. */
export function daysOf(text: string): number {
  const days = Number(/^(\d{1,5})(?:\s*d(?:ays?)?)?$/.exec(text.trim())?.[1] ?? Number.NaN);
  if (days >= 1) return days;
  throw new RigError('USAGE', 'file', `--keep takes a number of days such as "90 d", not "${text}"`);
}

/**
 * Runs beside `run` that are older than so many days: folders with a journal, by the time of its last change. Never the run
 * itself, never one with a file `KEEP` in it, never a sealed bag, and nothing that is no run: those are somebody's decision.
 */
export function outdatedBeside(run: string, days: number, now = Date.now()): readonly string[] {
  const parent = dirname(resolve(run));
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(parent, name))
    .filter((folder) => {
      const journal = join(folder, JOURNAL_FILE);
      return (
        folder !== resolve(run) &&
        existsSync(journal) &&
        !existsSync(join(folder, 'KEEP')) &&
        now - statSync(journal).mtimeMs > days * DAY
      );
    })
    .sort();
}

/** Removes them; what was removed. */
export function forget(folders: readonly string[]): readonly string[] {
  for (const folder of folders) rmSync(folder, { recursive: true });
  return folders;
}
