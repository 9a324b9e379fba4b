import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Lists that a lab keeps beside its scenarios, by the names under which they are found. */
const LISTS = { claims: 'claims', cards: 'cards', regions: 'regions', access: 'access' } as const;
export type ListName = keyof typeof LISTS;

/** A folder that holds one of these is where a lab's tree begins; above it lies somebody else's. */
const ROOTS = ['.git', 'package.json'];
const MOST_LEVELS = 8;

/**
 * Files `<list>.yaml` in the folders of `paths` and in those above them, up to the folder where the tree of the lab begins
 * (a repository, a package), nearest first: requirements, cards, regions and access networks that the files there may name.
 */
export function listsNear(paths: readonly string[], list: ListName): readonly string[] {
  const found = new Set<string>();
  for (const path of paths) {
    for (const folder of foldersAbove(path)) {
      for (const name of [`${LISTS[list]}.yaml`, `${LISTS[list]}.yml`])
        if (existsSync(join(folder, name))) found.add(join(folder, name));
    }
  }
  return [...found];
}

function foldersAbove(path: string): readonly string[] {
  const folders: string[] = [];
  const start = resolve(path);
  let folder = statSync(start, { throwIfNoEntry: false })?.isDirectory() ? start : dirname(start);
  while (folders.length < MOST_LEVELS) {
    folders.push(folder);
    const above = dirname(folder);
    if (above === folder || ROOTS.some((name) => existsSync(join(folder, name)))) break;
    folder = above;
  }
  return folders;
}
