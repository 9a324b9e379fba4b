import { execFile } from 'node:child_process';
import { RigError } from '../../../rig/model/errors.ts';

/** Administration programs lie in folders that an ordinary user's PATH may lack. */
export const ADMIN_PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/local/sbin`;

export interface CommandResult {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Written to standard input. */
  readonly input?: string;
  /** Wall ms until the program is ended. Default 10 s: all of these take milliseconds. */
  readonly deadlineWallMs?: number;
}

/** Runs a program of the machine to its end; never rejects. A program that is not there is a result that is not ok. */
export function attempt(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { input, deadlineWallMs = 10_000 } = options;
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      {
        timeout: deadlineWallMs,
        killSignal: 'SIGKILL',
        maxBuffer: 1 << 24,
        env: { ...process.env, PATH: ADMIN_PATH, LC_ALL: 'C' },
      },
      (error, stdout, stderr) => {
        const late = error?.killed ? `no end within ${deadlineWallMs} ms` : '';
        const why = stderr.trim() || late || (error?.message ?? '');
        resolve({ ok: error === null, stdout, stderr: error === null ? stderr : why });
      },
    );
    // A program that ends without reading its input is judged by its exit code.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input ?? '');
  });
}

/**
 * Runs a program that has to succeed; returns what it printed.
 * @throws NETWORK_KERNEL, blame bench, with the command and what it said
 */
export async function command(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { ok, stdout, stderr } = await attempt(program, args, options);
  if (ok) return stdout;
  throw new RigError('NETWORK_KERNEL', 'bench', `\`${[program, ...args].join(' ')}\` failed: ${stderr}`, {
    hint: '`posrig doctor` says what the kernel layer needs on this machine.',
  });
}
