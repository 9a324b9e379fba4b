import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../model/package-root.ts';

/** Files of the package whose names end so (`.perf.ts`), relative to its root, in order; those that contain a pattern when some are given. */
export function sourcesNamed(ending: string, patterns: readonly string[] = []): string[] {
  const inFolder = (folder: string): string[] =>
    readdirSync(join(PACKAGE_ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (path === 'reports/runs') return [];
      if (entry.isDirectory()) return inFolder(path);
      return entry.name.endsWith(ending) ? [path] : [];
    });
  return ['rig', 'drivers', 'reports']
    .flatMap(inFolder)
    .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
    .sort();
}
