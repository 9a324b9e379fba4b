import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuestReport } from './report.ts';
import type { Ended, Machine } from './tier.ts';

export interface BootOptions {
  /** Wall ms after which the machine is switched off. */
  readonly limitWallMs: number;
  /** Wall ms that it may take to its first own words. */
  readonly bootWallMs: number;
  readonly say: (line: string) => void;
  /** Say every line of the guest's console, not only what its tests say. */
  readonly all?: boolean;
}

/** How the guest says that its script runs. */
const UP = 'guest: up';

/**
 * Boots a machine and waits for its end. Once in many boots an emulated one hangs before its first program: a guest that
 * never reported at all is started a second time, and nothing else is retried.
 * @param work its work folder; the console is kept there
 */
export async function bootUntilReported(
  machine: Machine,
  work: string,
  options: BootOptions,
): Promise<{ readonly report: GuestReport | undefined; readonly ended: Ended }> {
  for (let start = 1; ; start++) {
    options.say(`booting ${machine.title} …`);
    const ended = await bootOnce(machine, work, options);
    const report = await reportIn(work);
    if (report?.started || ended.inTime || start === 2) return { report, ended };
    options.say('the guest never reported; starting it a second time');
  }
}

async function bootOnce(machine: Machine, work: string, options: BootOptions): Promise<Ended> {
  const console: string[] = [];
  const off = new AbortController();
  const limit = setTimeout(() => off.abort(), options.limitWallMs);
  const silence = setTimeout(() => off.abort(), options.bootWallMs);
  const line = (text: string) => {
    console.push(text);
    if (text.startsWith(UP)) clearTimeout(silence);
    if (options.all || text.startsWith('  ') || text.startsWith('guest:')) options.say(text);
  };
  try {
    return await machine.boot({ work, signal: off.signal, line });
  } finally {
    clearTimeout(limit);
    clearTimeout(silence);
    await writeFile(join(work, 'console.log'), `${console.join('\n')}\n`);
  }
}

const reportIn = (work: string): Promise<GuestReport | undefined> =>
  readFile(join(work, 'report.json'), 'utf8').then(
    (text) => JSON.parse(text) as GuestReport,
    () => undefined,
  );
