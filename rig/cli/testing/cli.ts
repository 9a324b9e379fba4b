import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packaged } from '../../model/package-root.ts';

/** The compiled command, as users run it; `npm test` builds it first. */
export const COMMAND = packaged('dist/rig/cli/main.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves when the standard output has shown the text; rejects when the command ends without it. */
  shown(text: string | RegExp): Promise<void>;
}

/** Starts the compiled command. It is never a terminal, and NO_COLOR keeps the output plain. */
export function start(args: readonly string[], options: { readonly cwd?: string } = {}): Started {
  if (!existsSync(COMMAND)) throw new Error(`${COMMAND} is not there: npm run build makes it`);
  const child = spawn(process.execPath, [COMMAND, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const looking = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const look of looking) look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const shown = (text: string | RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (typeof text === 'string' ? !stdout.includes(text) : !text.test(stdout)) return;
        looking.delete(look);
        resolve();
      };
      looking.add(look);
      look();
      void finished.then(() => reject(new Error(`ended without showing ${text}:\n${stdout}${stderr}`)));
    });
  return { child, finished, shown };
}

/** Runs the compiled command to its end. */
export const posrig = (args: readonly string[], options: { readonly cwd?: string } = {}): Promise<Finished> =>
  start(args, options).finished;

/** A folder of its own for one test, with blanks and Chinese characters in its name; removed after the suite. */
export function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'posrig 测试 '));
}

export const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** Every file below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

interface Entry {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** The events of a run's journal. */
export const journalOf = (folder: string): readonly Entry[] =>
  readFileSync(join(folder, 'journal.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Entry);

/** Verdict, blame and reason by scenario id. */
export function verdictsOf(
  folder: string,
): Record<string, { verdict: string; blame?: string; reason?: string }> {
  const ends = journalOf(folder).filter((event) => event.type === 'scenario.end');
  return Object.fromEntries(
    ends.map((event) => {
      const { id, verdict, blame, reason } = event as unknown as {
        id: string;
        verdict: string;
        blame?: string;
        reason?: string;
      };
      return [id, { verdict, ...(blame ? { blame } : {}), ...(reason ? { reason } : {}) }];
    }),
  );
}

/** Processes below `pid` that have a file open, e.g. the one that holds a pseudo-terminal. */
export function holdersOf(path: string, pid: number): number[] {
  return descendantsOf(pid).filter((candidate) => {
    try {
      return readdirSync(`/proc/${candidate}/fd`).some(
        (fd) => readlinkSync(`/proc/${candidate}/fd/${fd}`) === path,
      );
    } catch {
      return false;
    }
  });
}

/** Direct and indirect children of a process. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended while we looked.
    }
  }
  const found: number[] = [];
  for (let level = [pid]; level.length > 0; ) {
    level = [...parents].filter(([, parent]) => level.includes(parent)).map(([child]) => child);
    found.push(...level);
  }
  return found;
}

export const alive = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(statusOf(pid));

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return 'State: Z';
  }
}
