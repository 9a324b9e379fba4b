import { createHash } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';

/** SHA-256 of a file's bytes, hexadecimal; read in pieces. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>)
    hash.update(chunk);
  return hash.digest('hex');
}

/** What a path is, without following it: evidence is plain files, and reading a pipe or a device may never end. */
export async function kindOf(path: string): Promise<'file' | 'other' | 'missing'> {
  const found = await lstat(path).catch(() => undefined);
  return found === undefined ? 'missing' : found.isFile() ? 'file' : 'other';
}

/** What lies below a folder, as relative paths with `/`, sorted by code point. */
export interface Below {
  /** Links are named like files, never followed. */
  readonly files: readonly string[];
  /** Folders in which nothing lies. */
  readonly empty: readonly string[];
}

/** Every file below a folder, as relative paths with `/`, sorted by code point. */
export const filesBelow = async (folder: string): Promise<readonly string[]> => (await below(folder)).files;

/** Everything below a folder. Throws as `readdir` does. */
export async function below(folder: string): Promise<Below> {
  const files: string[] = [];
  const empty: string[] = [];
  const visit = async (inside: string): Promise<void> => {
    const entries: Dirent[] = await readdir(join(folder, inside), { withFileTypes: true });
    if (entries.length === 0 && inside !== '') empty.push(inside);
    for (const entry of entries) {
      const path = inside === '' ? entry.name : posix.join(inside, entry.name);
      if (entry.isDirectory()) await visit(path);
      else files.push(path);
    }
  };
  await visit('');
  return { files: files.sort(), empty: empty.sort() };
}
