import { unwatchFile, watchFile } from 'node:fs';
import type { HostPolicy } from '../../rig/bench/policy.ts';
import { toRigError } from '../../rig/model/errors.ts';
import { loadPolicy } from './policies.ts';

/** How often a policy file is looked at, wall ms. Looking is sure where being told is not: editors replace files. */
const LOOK_EVERY_MS = 300;

/**
 * Reads the policy file again whenever it changes. `changed` gets the new policy; one with mistakes goes to `refused` and
 * the old one stays. Returns what ends the watching.
 */
export function watchPolicy(
  path: string,
  changed: (policy: HostPolicy) => void,
  refused: (error: Error) => void,
): () => void {
  const look = () => {
    try {
      changed(loadPolicy(path));
    } catch (thrown) {
      refused(toRigError(thrown));
    }
  };
  watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, look);
  return () => unwatchFile(path, look);
}
