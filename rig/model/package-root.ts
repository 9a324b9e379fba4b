import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder that holds the package: data files (dialects, profiles, scenarios) are read from there, both when the
 * sources run directly and when the compiled files under `dist/` do.
 */
function find(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

export const PACKAGE_ROOT = find();

/** Absolute path of a file that ships with posrig, e.g. `packaged('drivers/virtual/bench.yaml')`. */
export const packaged = (path: string): string => join(PACKAGE_ROOT, path);
