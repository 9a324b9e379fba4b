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

/** Every file below a folder, as relative paths with `/`, sorted by code point. Links are named like files, never followed. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  const visit = async (below: string): Promise<void> => {
    const entries: Dirent[] = await readdir(join(folder, below), { withFileTypes: true });
    for (const entry of entries) {
      const path = below === '' ? entry.name : posix.join(below, entry.name);
      if (entry.isDirectory()) await visit(path);
      else found.push(path);
    }
  };
  await visit('');
  return found.sort();
}
