import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../model/package-root.ts';

/**
 * `npm run build`: compiles into `dist/`, but only when a source, the compiler or its settings have changed since the
 * last complete build. What is compiled is compiled whole, into an empty folder: nothing stale can survive.
 */
const dist = join(PACKAGE_ROOT, 'dist');
const stampFile = join(dist, '.sources.sha256');

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(PACKAGE_ROOT, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (path === 'reports/runs') return [];
      if (entry.isDirectory()) return sourcesBelow(path);
      return entry.name.endsWith('.ts') ? [path] : [];
    });
}

const hash = createHash('sha256');
const files = [
  'tsconfig.json',
  'package-lock.json',
  ...['rig', 'drivers', 'reports', 'scenarios'].flatMap(sourcesBelow),
];
for (const file of files)
  hash
    .update(`${file}\0`)
    .update(readFileSync(join(PACKAGE_ROOT, file)))
    .update('\0');
const stamp = hash.digest('hex');

if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
  rmSync(dist, { recursive: true, force: true });
  const { status } = spawnSync(join(PACKAGE_ROOT, 'node_modules/.bin/tsc'), ['-p', '.'], {
    cwd: PACKAGE_ROOT,
    stdio: 'inherit',
  });
  if (status === 0) {
    mkdirSync(dist, { recursive: true });
    writeFileSync(stampFile, stamp);
  }
  process.exitCode = status ?? 1;
}
