import { readFileSync, type Stats, statSync } from 'node:fs';
import { RigError } from './errors.ts';

/**
 * The bytes of a file of at most `most` bytes. Only of a file: reading a pipe may wait for ever, and a device never ends.
 * @throws FILE_UNREADABLE, blame file, with the reason
 */
export function readWhole(file: string, most: number): Buffer | { readonly size: number } {
  let kind: Stats;
  try {
    kind = statSync(file);
    if (kind.isFile()) return kind.size > most ? { size: kind.size } : readFileSync(file);
  } catch (cause) {
    throw unreadable(file, whyNot(cause), cause);
  }
  throw unreadable(file, `it is ${nameOf(kind)}, not a file`);
}

const unreadable = (file: string, why: string, cause?: unknown) =>
  new RigError('FILE_UNREADABLE', 'file', `cannot read ${file}: ${why}`, {
    ...(cause === undefined ? {} : { cause }),
    hint: 'Check the path and its permissions.',
  });

const nameOf = (kind: Stats): string => {
  if (kind.isDirectory()) return 'a folder';
  if (kind.isFIFO()) return 'a named pipe';
  return kind.isSocket() ? 'a socket' : 'a device';
};

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EISDIR: 'it is a folder, not a file',
};

/** Why the system did not open or read a file, in words. */
export function whyNot(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message;
}
