import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { RigError } from '../../rig/model/errors.ts';

/**
 * Where a virtual bench keeps what must survive a power cut of its terminal. A folder names its owner, so that the next
 * bench can tell a running one from the leftovers of one that was killed.
 */
export interface StateFolder {
  readonly path: string;
  /** Gives it up; a temporary one is deleted. Idempotent. */
  release(): void;
}

const PREFIX = 'posrig-virtual-';
const OWNER = 'owner.json';

/** When a process was started, in clock ticks since boot: with its id it names a process for good. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // proc(5): the name may hold blanks and brackets; `starttime` is field 22, the 20th after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function ownerOf(folder: string): { readonly pid: number; readonly alive: boolean } | undefined {
  try {
    const { pid, start } = JSON.parse(readFileSync(join(folder, OWNER), 'utf8')) as Record<string, unknown>;
    if (typeof pid !== 'number') return undefined;
    return { pid, alive: start !== undefined && startOf(pid) === start };
  } catch {
    return undefined;
  }
}

const own = (folder: string) =>
  writeFileSync(join(folder, OWNER), JSON.stringify({ pid: process.pid, start: startOf(process.pid) }));

/**
 * A temporary folder, or `wanted` (made if need be, kept afterwards).
 * @throws RigError BENCH_OPTION when another bench that runs has `wanted`
 */
export function claimStateFolder(wanted?: string, root = tmpdir()): StateFolder {
  sweep(root);
  if (wanted === undefined) {
    const path = mkdtempSync(join(root, PREFIX));
    own(path);
    return { path, release: () => rmSync(path, { recursive: true, force: true }) };
  }
  const path = resolve(wanted);
  mkdirSync(path, { recursive: true });
  const owner = ownerOf(path);
  if (owner?.alive) {
    throw new RigError(
      'BENCH_OPTION',
      'file',
      `${path} is in use by the virtual bench with pid ${owner.pid}`,
      {
        hint: 'End that one first, or give this one another --state folder.',
      },
    );
  }
  own(path);
  return { path, release: () => rmSync(join(path, OWNER), { force: true }) };
}

/** Deletes the temporary folders of benches that were killed. */
export function sweep(root = tmpdir()): void {
  for (const name of readdirSync(root)) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(root, name);
    try {
      const { uid } = lstatSync(folder);
      const owner = ownerOf(folder);
      const ours = process.getuid === undefined || uid === process.getuid();
      if (ours && owner && !owner.alive && existsSync(folder))
        rmSync(folder, { recursive: true, force: true });
    } catch {
      // somebody else was faster, or it is not ours
    }
  }
}
