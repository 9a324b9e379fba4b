/** Why the disk did not take an output, in a few words; undefined for errors that are of another kind. */
export function diskTrouble(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || typeof thrown.code !== 'string') return undefined;
  return Object.hasOwn(TROUBLES, thrown.code) ? TROUBLES[thrown.code] : undefined;
}

/** By the system's error number (errno(3)). */
const TROUBLES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'a file may not grow that large here',
  EROFS: 'the disk can only be read',
  EACCES: 'the folder may not be written to',
  EPERM: 'the folder may not be written to',
  EIO: 'the disk fails',
  EMFILE: 'too many files are open',
};
