import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Boot, Ended } from './tier.ts';

/** How often its memory is looked at, wall ms. */
const LOOK_EVERY_WALL_MS = 1000;

/** Runs the program that is the machine, with all its processes, until it ends or is switched off. */
export async function runMachine(program: string, args: readonly string[], boot: Boot): Promise<Ended> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: boot.work, detached: true });
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => boot.line(line.replaceAll('\r', '')));
  let memoryMb = 0;
  // Its processes are a group of their own: none of them outlives it.
  const stop = () => {
    if (child.pid !== undefined) killGroup(child.pid);
  };
  boot.signal.addEventListener('abort', stop, { once: true });
  if (boot.signal.aborted) stop();
  const look = setInterval(() => {
    void memoryOf(child.pid).then((mb) => {
      memoryMb = Math.max(memoryMb, mb);
    });
  }, LOOK_EVERY_WALL_MS);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    await once(child, 'close');
  } finally {
    boot.signal.removeEventListener('abort', stop);
    clearInterval(look);
    process.off('SIGINT', stop).off('SIGTERM', stop);
    stop();
  }
  return { inTime: !boot.signal.aborted, memoryMb };
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}

/** Most memory that a process had so far, MB. */
async function memoryOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024);
}
