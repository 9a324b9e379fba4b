import { execFile, spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';

/** How this machine lets us install packages: the command prefix, or why it does not. */
export interface Apt {
  readonly may: boolean;
  readonly prefix: readonly string[];
  readonly why: string;
}

const succeeds = (program: string, args: readonly string[]) =>
  new Promise<boolean>((resolve) => {
    execFile(program, args, { timeout: 20_000, maxBuffer: 1 << 22 }, (error) => resolve(!error));
  });

/** Looks whether apt is there and whether we may use it without anybody typing a password. */
export async function findApt(): Promise<Apt> {
  if (!(await succeeds('apt-get', ['--version'])))
    return { may: false, prefix: [], why: 'this machine has no apt-get' };
  if (process.getuid?.() === 0) return { may: true, prefix: [], why: 'running as root' };
  if (await succeeds('sudo', ['-n', 'true']))
    return { may: true, prefix: ['sudo', '-n'], why: 'sudo asks for no password' };
  return { may: false, prefix: [], why: 'installing needs root, or sudo without a password' };
}

/** Package lists older than a day (or none at all, as in fresh containers) make apt ask for files that are gone. */
export async function listsAreStale(folder = '/var/lib/apt/lists', now = Date.now()): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  if (!names.some((name) => name.includes('_Packages'))) return true;
  // The folder's own time says when apt last wrote there; the files carry the mirror's times.
  const touched = await Promise.all(
    [folder, `${folder}/partial`].map((path) =>
      stat(path).then(
        (s) => s.mtimeMs,
        () => 0,
      ),
    ),
  );
  return now - Math.max(...touched) > 24 * 3_600_000;
}

/** The first of `a | b` that apt could install; undefined if it knows none. */
export async function knownPackage(alternatives: string): Promise<string | undefined> {
  for (const name of alternatives.split('|').map((part) => part.trim())) {
    if (await succeeds('apt-cache', ['--no-all-versions', 'show', name])) return name;
  }
  return undefined;
}

/**
 * Runs apt-get without questions; resolves with an empty string, or with the last lines it said when it failed.
 * Waits up to two minutes for another apt to finish.
 */
export function aptGet(apt: Apt, args: readonly string[]): Promise<string> {
  const options = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=3'];
  return runInstaller([...apt.prefix, 'env', ...NO_QUESTIONS, 'apt-get', '-y', '-q', ...options, ...args]);
}

const NO_QUESTIONS = ['DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C.UTF-8'] as const;

/** Runs a program that installs something, at most twenty minutes; resolves as `aptGet` does. */
export function runInstaller(command: readonly string[]): Promise<string> {
  const [program = 'env', ...rest] = command;
  return new Promise((resolve) => {
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 20 * 60_000 });
    let tail = '';
    const keep = (chunk: Buffer) => {
      tail = (tail + chunk.toString('utf8')).slice(-4000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) =>
      resolve(code === 0 ? '' : tail.trimEnd().split('\n').slice(-8).join('\n') || `exit ${code}`),
    );
  });
}
