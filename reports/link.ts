import { copyFileSync, linkSync } from 'node:fs';

/** A second name of a file costs no disk; across file systems it has to be a copy. */
export function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
