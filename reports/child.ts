import { type SpawnOptions, spawn } from 'node:child_process';
import { RigError } from '../rig/model/errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a command to its end and resolves with its exit code; null when it could not be started or a signal ended it. It runs
 * in a process group of its own, so that Ctrl-C reaches it once and only from here: a run then makes its fixtures safe, and a
 * second Ctrl-C forces it, while what started it waits. Throws CANCELLED when a signal came meanwhile: nothing more is to be
 * started. A command that takes longer than `timeout` (ms) is ended with all that it started.
 */
export async function childEnded(
  command: string,
  args: readonly string[],
  { timeout, ...options }: SpawnOptions,
): Promise<number | null> {
  const child = spawn(command, args, { ...options, detached: true });
  let cancelled = false;
  // A shell leaves what it runs to itself: the whole group is told. A run ends its own processes, in order.
  const tell = (signal: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(options.shell ? -child.pid : child.pid, signal);
    } catch {
      // It has just ended.
    }
  };
  const hand = (signal: NodeJS.Signals) => {
    cancelled = true;
    tell(signal);
  };
  for (const signal of SIGNALS) process.on(signal, hand);
  const late = timeout === undefined ? undefined : setTimeout(() => tell('SIGKILL'), timeout);
  try {
    const code = await new Promise<number | null>((resolve) => {
      child.once('error', () => resolve(null));
      child.once('close', resolve);
    });
    if (cancelled) throw new RigError('CANCELLED', 'rig', 'cancelled; what was run so far is kept');
    return code;
  } finally {
    clearTimeout(late);
    for (const signal of SIGNALS) process.off(signal, hand);
  }
}
