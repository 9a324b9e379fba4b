import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A pseudo-terminal that echoes without any help of this process: its output is its input. */
export interface EchoPty {
  readonly path: string;
  end(): Promise<void>;
}

/** Makes one with util-linux `script`, whose stdin and stdout are the same named pipe. */
export async function makeEchoPty(): Promise<EchoPty> {
  const folder = await mkdtemp(join(tmpdir(), 'posrig-echo-'));
  const named = join(folder, 'tty');
  const inside = `stty raw -echo; tty > '${named}.new'; mv '${named}.new' '${named}'; exec sleep 600`;
  const child: ChildProcess = spawn(
    '/bin/sh',
    ['-c', `mkfifo '${folder}/echo'; exec script -qfec "${inside}" /dev/null <> '${folder}/echo' >&0`],
    { stdio: 'ignore', env: { ...process.env, SHELL: '/bin/sh' } },
  );
  let path = '';
  while (path === '') {
    path = await readFile(named, 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
    if (child.exitCode !== null) throw new Error('script(1) made no pseudo-terminal');
    if (path === '') await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return {
    path,
    async end() {
      child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
