import { execFile } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What is downloaded or built for the machine of `npm run test:vm` is kept from run to run: `$XDG_CACHE_HOME/posrig/vm`. */
export const cacheFolder = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'posrig', 'vm');

/** A package as apt knows it. */
export interface AptPackage {
  readonly name: string;
  readonly version: string;
}

/** The package on which a meta package (`linux-image-amd64`) depends at the moment; undefined when apt does not know. */
export async function newestOf(meta: string, pattern: RegExp): Promise<AptPackage | undefined> {
  try {
    const { stdout } = await run('apt-cache', ['depends', meta]);
    const name = new RegExp(`Depends: (${pattern.source})`).exec(stdout)?.[1];
    if (!name) return undefined;
    const shown = await run('apt-cache', ['--no-all-versions', 'show', name]);
    const version = /^Version: (\S+)/m.exec(shown.stdout)?.[1];
    return version ? { name, version } : undefined;
  } catch {
    return undefined;
  }
}

/** A name for files of a package: `linux-image-6.1.0-43-amd64_6.1.162-1`. */
export const fileName = ({ name, version }: AptPackage): string =>
  `${name}_${version.replaceAll(':', '%3a')}`;

/**
 * Downloads a package and unpacks it into a folder `tree` of `work`, without installing it. Throws with what apt said.
 * @returns the folder
 */
export async function downloadUnpacked({ name }: AptPackage, work: string): Promise<string> {
  await run('apt-get', ['download', '-q', name], { cwd: work, timeout: 10 * 60_000 });
  const [archive] = (await readdir(work)).filter((file) => file.endsWith('.deb'));
  if (archive === undefined) throw new Error('apt-get downloaded nothing');
  const tree = join(work, 'tree');
  await run('dpkg-deb', ['-x', join(work, archive), tree], { timeout: 5 * 60_000 });
  await rm(join(work, archive));
  return tree;
}
