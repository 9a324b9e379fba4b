import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Bench } from '../bench/bench.ts';
import { type FileOf, resolvePath, SHIPPED } from '../bench/load.ts';
import { PACKAGE_ROOT, packaged } from '../model/package-root.ts';

/** A file that decided what was tested or how it was judged, beside the scenarios, the bench and the profile. */
export interface InputFile {
  readonly name: string;
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
}

/** A data file is small; whatever is larger is none of ours. */
const LARGEST = 4 * 1024 * 1024;

const sha256Of = (path: string): string | undefined => {
  try {
    if (!statSync(path).isFile() || statSync(path).size > LARGEST) return undefined;
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return undefined;
  }
};

/**
 * Cards, regions, access networks, issuer policies, and every YAML file that an option of a plane names, with their hashes: a
 * seal states them, so that a run can be told from one with other rules years later. Key files are left out.
 */
export function inputsOf({ value, file }: FileOf<Bench>): readonly InputFile[] {
  const files = new Map<string, string>();
  const add = (name: string, path: string) => {
    const sha256 = sha256Of(path);
    if (sha256 !== undefined) files.set(name, sha256);
  };
  add('cards', resolvePath(value.cards, file));
  add('regions', resolvePath(value.regions, file));
  add('access networks', resolvePath(value['access-networks'], file));
  const policies = packaged(SHIPPED.policies);
  if (existsSync(policies))
    for (const name of readdirSync(policies).sort())
      if (name.endsWith('.yaml')) add(`policy ${basename(name, '.yaml')}`, join(policies, name));
  for (const [plane, use] of Object.entries(value.planes)) {
    for (const [option, named] of Object.entries(use ?? {}))
      if (typeof named === 'string' && option !== 'keys' && /\.ya?ml$/.test(named))
        add(`${plane} ${option}`, resolvePath(named, file));
  }
  return [...files].map(([name, sha256]) => ({ name, sha256 }));
}

/**
 * Which sources run here: the commit of the working tree, if this is one, and the hash of what `npm run build` compiled. Both
 * are read from files; nothing is started for it.
 */
export function sourcesOf(root = PACKAGE_ROOT): { readonly commit?: string; readonly sources?: string } {
  const text = (path: string) => {
    try {
      return readFileSync(path, 'utf8').trim();
    } catch {
      return undefined;
    }
  };
  const sources = text(join(root, 'dist/.sources.sha256'));
  const commit = commitIn(join(root, '.git'), text);
  return {
    ...(commit !== undefined && /^[0-9a-f]{40,64}$/.test(commit) ? { commit } : {}),
    ...(sources !== undefined && /^[0-9a-f]{64}$/.test(sources) ? { sources } : {}),
  };
}

/** `.git` is a folder, or in a linked working tree a file that names one; a branch may lie packed with others. */
function commitIn(git: string, text: (path: string) => string | undefined): string | undefined {
  const linked = /^gitdir: (.+)$/.exec(text(git) ?? '')?.[1];
  const folder = linked ?? git;
  const head = text(join(folder, 'HEAD'));
  const branch = /^ref: (\S+)$/.exec(head ?? '')?.[1];
  if (branch === undefined) return head;
  const common = linked === undefined ? folder : join(linked, text(join(linked, 'commondir')) ?? '.');
  const packed = text(join(common, 'packed-refs'))
    ?.split('\n')
    .find((line) => line.endsWith(` ${branch}`));
  return text(join(common, branch)) ?? packed?.split(' ')[0];
}
