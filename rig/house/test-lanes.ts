import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../model/package-root.ts';

/** What is told of a test that has ended; it crosses from one process to another. */
export interface Test {
  readonly file: string;
  /** Names of the suites around it, then its own. */
  readonly title: readonly string[];
  /** Wall time since the test before it, with the hooks between them. */
  readonly ms: number;
}
export type Result =
  | { readonly result: 'passed' }
  | { readonly result: 'skipped'; readonly reason: string }
  | { readonly result: 'failed'; readonly error: TestError };
export type Ended = Test & Result;
export type Failure = Test & Extract<Result, { readonly result: 'failed' }>;

/** An error as mocha's list of failures wants it; what was compared is text already. */
export interface TestError {
  readonly message: string;
  readonly stack: string;
  readonly actual?: string;
  readonly expected?: string;
  readonly showDiff?: boolean;
}

/** From a lane: a test has ended, or it has nothing to do (its file is through). */
export type FromLane = { readonly ended: Ended } | { readonly idle: true };
/** To a lane: the file to run next. */
export interface ToLane {
  readonly file: string;
}

const LANE = join(PACKAGE_ROOT, 'rig/house/test-lane.ts');

/** A lane that says nothing for so long hangs; no test may take longer. */
const SILENCE_WALL_MS = 20 * 60_000;

/**
 * Runs test files in processes beside each other. Each takes the next file when it is through with the one before, so
 * that all are done at about the same time. Files for which `shares` says the same never run beside each other. A
 * process that dies is a failure of the file it had, and another one takes the rest.
 * @returns when every file has run
 */
export async function runInLanes({
  files,
  lanes,
  shares,
  tell,
  output = 'inherit',
}: {
  readonly files: readonly string[];
  readonly lanes: number;
  readonly shares: (file: string) => string | undefined;
  readonly tell: (event: Ended) => void;
  /** Where goes what the tests write. */
  readonly output?: 'inherit' | 'ignore';
}): Promise<void> {
  const rest = [...files];
  const children = new Set<ChildProcess>();
  const busy = new Map<ChildProcess, string>();
  const waiting = new Set<ChildProcess>();
  const take = (): string | undefined => {
    const held = new Set([...busy.values()].map(shares).filter((share) => share !== undefined));
    const at = rest.findIndex((file) => {
      const share = shares(file);
      return share === undefined || !held.has(share);
    });
    return at < 0 ? undefined : rest.splice(at, 1)[0];
  };
  const give = (lane: ChildProcess): void => {
    const file = take();
    if (file !== undefined) {
      busy.set(lane, file);
      lane.send({ file } satisfies ToLane);
    } else if (rest.length > 0) waiting.add(lane);
    else lane.disconnect();
  };
  /** What is left may have waited for what this lane shared. */
  const free = (lane: ChildProcess): void => {
    busy.delete(lane);
    const others = [...waiting];
    waiting.clear();
    for (const other of others) give(other);
  };

  const open = (): Promise<void> =>
    new Promise((resolve) => {
      const lane = fork(LANE, { cwd: PACKAGE_ROOT, stdio: ['ignore', output, output, 'ipc'] });
      children.add(lane);
      let file: string | undefined;
      let silence: NodeJS.Timeout | undefined;
      const heard = (): void => {
        clearTimeout(silence);
        silence = setTimeout(() => lane.kill('SIGKILL'), SILENCE_WALL_MS);
      };
      heard();
      lane.on('message', (message: FromLane) => {
        heard();
        if ('ended' in message) return tell(message.ended);
        free(lane);
        give(lane);
        file = busy.get(lane) ?? file;
      });
      lane.on('exit', (code, signal) => {
        clearTimeout(silence);
        children.delete(lane);
        waiting.delete(lane);
        free(lane);
        if (code === 0) return resolve();
        const title = [file ?? 'no file yet'];
        const message = `the process that ran ${title} ended with ${signal ?? `exit code ${code}`}`;
        tell({ file: file ?? '', title, ms: 0, result: 'failed', error: { message, stack: '' } });
        if (rest.length === 0 || file === undefined) resolve();
        else void open().then(resolve);
      });
    });

  const stop = (signal: NodeJS.Signals) => {
    rest.length = 0;
    for (const lane of children) lane.kill(signal);
    process.exitCode = 130;
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    await Promise.all(Array.from({ length: Math.max(1, Math.min(lanes, files.length)) }, open));
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
