import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { ADMIN_PATH } from '../command.ts';
import { probeKernel } from '../probe.ts';

/** A network of its own for a test, nothing of the machine in it: it is gone when its last process is. */
export interface Sandbox {
  /** Runs a command in it; resolves with what it printed on both channels. */
  sh(
    script: string,
    ...args: readonly string[]
  ): Promise<{ readonly code: number | null; readonly said: string }>;
  /** Starts a program in it. */
  start(program: string, args: readonly string[]): ChildProcess;
  close(): Promise<void>;
}

/**
 * A namespace of network, mounts and (without root) users, with a /run of its own, where named namespaces and ledgers
 * lie. A shell that waits for its input to end holds it open, so that it goes when the test process does.
 */
export async function openSandbox(): Promise<Sandbox> {
  const { enter } = await probeKernel();
  const [program = '', ...flags] = enter;
  const holder = spawn(
    program,
    [
      ...flags,
      '--mount',
      'sh',
      '-c',
      'mount -t tmpfs none /run && ip link set lo up && echo ready && exec cat',
    ],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, PATH: ADMIN_PATH } },
  );
  await Promise.race([
    once(holder.stdout, 'data'),
    once(holder, 'exit').then(() => {
      throw new Error(
        'a namespace of network and mounts cannot be made here (in a chroot, / must be a mount point)',
      );
    }),
  ]);
  const inside = [
    '-t',
    String(holder.pid),
    '-n',
    '-m',
    ...(flags.includes('-Urn') ? ['-U', '--preserve-credentials'] : []),
  ];
  const start = (what: string, args: readonly string[]): ChildProcess =>
    spawn('nsenter', [...inside, `--wd=${process.cwd()}`, what, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, PATH: ADMIN_PATH },
    });
  return {
    start,
    async sh(script, ...args) {
      const child = start('sh', ['-c', script, 'sh', ...args]);
      let said = '';
      child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
      child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
      child.stdin?.end();
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, said };
    },
    async close() {
      holder.stdin.end();
      if (holder.exitCode === null) await once(holder, 'exit');
    },
  };
}
