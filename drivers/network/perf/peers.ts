import { execFile } from 'node:child_process';
import type { Capability } from '../../../rig/bench/manifest.ts';

/** Programs that the relay is measured beside. Nothing but `npm run perf` uses them. */
const PEERS = [
  { id: 'haproxy', title: 'HAProxy', ask: ['haproxy', '-v'], package: 'haproxy' },
  { id: 'socat', title: 'socat', ask: ['socat', '-V'], package: 'socat' },
  { id: 'taskset', title: 'taskset', ask: ['taskset', '--version'], package: 'util-linux' },
] as const;
export type PerfPeer = (typeof PEERS)[number]['id'];

const said = (program: string, args: readonly string[]): Promise<string | undefined> =>
  new Promise((resolve) => {
    // Debian keeps daemons where not every PATH looks.
    const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
    execFile(program, args, { timeout: 10_000, env: { ...process.env, PATH } }, (error, stdout) =>
      resolve(error ? undefined : stdout),
    );
  });

/** Which of the programs are there. */
export async function perfPeers(): Promise<ReadonlySet<PerfPeer>> {
  const found = await Promise.all(
    PEERS.map(async ({ id, ask: [program, ...args] }) =>
      (await said(program, args)) === undefined ? [] : [id],
    ),
  );
  return new Set(found.flat());
}

/**
 * For `doctor`, where their absence is no lack, and for `npm run setup -- --perf`, where it is one.
 * @param absent what an absent program is called
 */
export const examinePerfPeers = (absent: 'limited' | 'missing') => async (): Promise<readonly Capability[]> =>
  Promise.all(
    PEERS.map(async ({ id, title, ask: [program, ...args], package: name }) => {
      const version = /version \S+|\d+\.\d+\S*/i.exec((await said(program, args)) ?? '')?.[0];
      const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
      return {
        id,
        title,
        purpose: 'npm run perf: the relay is measured beside it; nothing else uses it',
        package: name,
        ...(version === undefined
          ? { state: absent, found: 'not found', remedy: `${sudo}apt-get install -y ${name}` }
          : { state: 'ok' as const, found: version }),
      };
    }),
  );
