import { readFileSync, realpathSync, statSync } from 'node:fs';
import { RigError } from '../../rig/model/errors.ts';
import { packaged } from '../../rig/model/package-root.ts';

/** Key files that ship with posrig: public test values, readable by everybody. */
const SHIPPED: readonly string[] = ['drivers/virtual/keys.yaml'];

/**
 * Makes sure that nobody but its owner can read a file of secrets (mode 0600 or less), the shipped public test keys
 * apart. Windows has no such modes and is not asked.
 * @throws FILE_UNREADABLE, or FILE_INVALID with the command that mends it; blame file
 */
export function checkSecretFile(path: string): void {
  const { mode } = reading(path, () => statSync(path));
  const open = mode & 0o077;
  if (open === 0 || process.platform === 'win32' || isShipped(path)) return;
  const who = open & 0o007 ? 'everybody on this machine' : 'its group';
  throw new RigError(
    'FILE_INVALID',
    'file',
    `${path} holds secrets and can be used by ${who} (mode ${(mode & 0o777).toString(8).padStart(4, '0')})`,
    { hint: `chmod 600 ${quoted(path)}`, at: path },
  );
}

/** The bytes of a file of secrets, after the check. */
export function readSecretFile(path: string): Buffer {
  checkSecretFile(path);
  return readOrSay(path);
}

/** The bytes of a file. Throws FILE_UNREADABLE with its name. */
export const readOrSay = (path: string): Buffer => reading(path, () => readFileSync(path));

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new RigError('FILE_UNREADABLE', 'file', `${path} cannot be read`, { cause, at: path });
  }
}

function isShipped(path: string): boolean {
  const real = realpathSync(path);
  return SHIPPED.some((name) => real === packaged(name));
}

/** For a POSIX shell. */
const quoted = (path: string) => (/^[\w./@%+:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);
