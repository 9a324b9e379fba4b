import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { SerialPort } from 'serialport';

/** Processes and ports, for tests that start a bench as a process of its own. */

/** Command line of the bench with a recording terminal. */
export const RECORDING_BENCH: readonly string[] = [
  process.execPath,
  '--import',
  createRequire(import.meta.url).resolve('tsx'),
  fileURLToPath(new URL('./recording-bench.ts', import.meta.url)),
];

/** Direct and indirect children of a process, by /proc. */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // gone meanwhile
    }
  }
  const found: number[] = [];
  const visit = (parent: number) => {
    for (const [child, itsParent] of parents) {
      if (itsParent !== parent) continue;
      found.push(child);
      visit(child);
    }
  };
  visit(pid);
  return found;
}

/** True while a process runs; one that has ended and only waits to be collected does not count. */
export function alive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}

const WAIT_WALL_MS = 30_000;

/** Looks again and again until the condition holds: for what sends no event, such as the end of a stranger's process. */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + WAIT_WALL_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited ${WAIT_WALL_MS / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A real serial port, as the rig opens it, with a memory of what came. */
export interface OpenPort {
  readonly port: SerialPort;
  readonly heard: string;
  send(text: string | Uint8Array): void;
  /** Resolves with what was heard since the last call, once it satisfies the condition. */
  until(condition: (heard: string) => boolean): Promise<string>;
  close(): Promise<void>;
}

export function openPort(path: string): Promise<OpenPort> {
  return new Promise((resolve, reject) => {
    let heard = '';
    let check = () => {};
    const port = new SerialPort({ path, baudRate: 115200 }, (error) => {
      if (error) return reject(error);
      resolve({
        port,
        get heard() {
          return heard;
        },
        send: (text) => port.write(Buffer.from(text)),
        until: (condition) =>
          new Promise((done) => {
            check = () => {
              if (!condition(heard)) return;
              check = () => {};
              const all = heard;
              heard = '';
              done(all);
            };
            check();
          }),
        close: () => new Promise((done) => (port.isOpen ? port.close(() => done()) : done())),
      });
    });
    port.on('error', () => {});
    port.on('data', (bytes: Buffer) => {
      heard += bytes.toString('latin1');
      check();
    });
  });
}
