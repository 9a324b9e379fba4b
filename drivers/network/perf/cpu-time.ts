import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPU time that a process, its threads and its children have used, ms, from /proc (Linux `schedstat`: ns on a processor).
 * Undefined where there is no such file. What has ended is not counted.
 */
export function cpuTimeOf(pid: number): number | undefined {
  try {
    return threadsOf(pid).reduce((sum, task) => {
      const ns = Number(readFileSync(`${task}/schedstat`, 'utf8').split(' ')[0]);
      const children = readFileSync(`${task}/children`, 'utf8').trim().split(' ').filter(Boolean);
      return sum + ns / 1e6 + children.reduce((all, child) => all + (cpuTimeOf(Number(child)) ?? 0), 0);
    }, 0);
  } catch {
    return undefined;
  }
}

const threadsOf = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`);
