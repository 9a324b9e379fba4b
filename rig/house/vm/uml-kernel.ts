import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packaged } from '../../model/package-root.ts';
import { type AptPackage, cacheFolder, fileName } from './apt-package.ts';

/** What user-mode Linux must have, over the kernel's own default for it. */
export const UML_CONFIG = packaged('rig/house/vm/uml.config');

/** User-mode Linux as built: a program of this machine that is a kernel. */
export interface UmlKernel {
  /** `uml-linux-source-6.1_6.1.192-2-0f3a1c9d2b` */
  readonly name: string;
  readonly program: string;
}

/** Where a build of this source with our configuration is kept. */
export const umlFolder = async (source: AptPackage): Promise<string> =>
  join(cacheFolder(), `uml-${fileName(source)}-${await configHash()}`);

/** Two builds with the same source and the same configuration are the same. */
async function configHash(): Promise<string> {
  return createHash('sha256')
    .update(await readFile(UML_CONFIG))
    .digest('hex')
    .slice(0, 10);
}

/** The newest build that `npm run test:vm:build` left here with this configuration; undefined when there is none. */
export async function builtUml(): Promise<UmlKernel | undefined> {
  const hash = await configHash();
  const [name] = (await readdir(cacheFolder()).catch(() => []))
    .filter((each) => each.startsWith('uml-') && each.endsWith(`-${hash}`))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  if (name === undefined) return undefined;
  return { name, program: join(cacheFolder(), name, 'linux') };
}
