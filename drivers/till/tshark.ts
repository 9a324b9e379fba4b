import { execFile } from 'node:child_process';
import type { Capability } from '../../rig/bench/manifest.ts';

export interface Tshark {
  readonly version: string;
  /** Runs it. Rejects with what it says when it fails. */
  run(args: readonly string[]): Promise<string>;
}

/** Longest time that reading one capture may take, wall ms. */
const TIME_MAX = 60_000;

const call = (args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = { timeout: TIME_MAX, maxBuffer: 1 << 24, env: { ...process.env, LC_ALL: 'C.UTF-8' } };
    execFile('tshark', [...args], options, (error, stdout, stderr) =>
      error ? reject(new Error(`tshark: ${stderr.trim() || error.message}`)) : resolve(stdout),
    );
  });

/** Wireshark's console program, if this machine has it. Only tests use it: a reader of ZVT that others wrote. */
export async function findTshark(): Promise<Tshark | undefined> {
  const said = await call(['--version']).catch(() => undefined);
  const version = /TShark[^\d]*([\d.]+)/i.exec(said ?? '')?.[1];
  return version === undefined ? undefined : { version, run: call };
}

/**
 * For `doctor`, where its absence is no lack, and for `npm run setup`, where it is one.
 * @param absent what an absent program is called
 */
export const examineTshark = (absent: 'limited' | 'missing') => async (): Promise<readonly Capability[]> => {
  const tool = await findTshark();
  const about = {
    id: 'tshark',
    title: 'tshark',
    purpose: 'npm test: Wireshark reads what our till and terminal say to each other; nothing else uses it',
    package: 'tshark',
  };
  if (tool) return [{ ...about, state: 'ok', found: tool.version }];
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  return [{ ...about, state: absent, found: 'not found', remedy: `${sudo}apt-get install -y tshark` }];
};
