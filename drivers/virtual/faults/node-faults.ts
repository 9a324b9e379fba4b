import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../random.ts';
import type { CablePort } from './line.ts';
import type { Title } from './title.ts';

/** A port as the operating system shows it. */
export interface PortNode {
  readonly path: string;
  /** Something that is in the way is taken away. */
  end(): void;
}

/** A fault of the device node of a line: what a program finds that wants to open the port. */
export interface NodeFault extends Title {
  readonly port: CablePort;
  /** @param folder of the bench's own, for names beside `/dev` */
  on(path: string, folder: string, random: Random): Promise<PortNode>;
}

/** After a plug was put in, udev takes so long for its names, wall ms: the node is the operating system's, not the bench's. */
const LATE_WALL = { from: 1000, more: 2000 } as const;

/** What can be wrong with a port before a byte crosses it. */
export const NODE_FAULTS = {
  'port-locked': {
    title: { en: 'Another program holds the port of the card actuator', zh: '卡机端口被其他程序占用' },
    port: 'card',
    on: async (path) => {
      const holder = spawn('flock', ['-x', path, 'sh', '-c', 'echo held; exec cat'], {
        stdio: ['pipe', 'pipe', 'ignore'],
        detached: true,
      });
      holder.once('error', () => {}); // no flock on this machine: nobody holds it
      holder.stdin.on('error', () => {});
      await Promise.race([once(holder.stdout, 'data'), once(holder, 'close')]).catch(() => {});
      return { path, end: () => holder.stdin.destroy() };
    },
  },
  'port-forbidden': {
    title: {
      en: 'The port of the card actuator may not be opened (root may, all the same)',
      zh: '无权打开卡机端口（root 除外）',
    },
    port: 'card',
    on: async (path) => {
      chmodSync(path, 0);
      return { path, end: () => {} };
    },
  },
  'port-late': {
    title: {
      en: 'The stable name of the card actuator’s port comes up to three seconds late',
      zh: '卡机端口的固定名称最多晚 3 秒出现',
    },
    port: 'card',
    on: async (path, folder, random) => {
      const name = join(folder, 'by-id-card-actuator');
      const timer = setTimeout(
        () => symlinkSync(path, name),
        LATE_WALL.from + LATE_WALL.more * random.next(),
      );
      return { path: name, end: () => clearTimeout(timer) };
    },
  },
} as const satisfies Readonly<Record<string, NodeFault>>;
