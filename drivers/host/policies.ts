import { readdirSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { HostPolicy } from '../../rig/bench/policy.ts';
import { RigError } from '../../rig/model/errors.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { readFileAs } from './read-file.ts';

const FOLDER = 'drivers/host/policies';

/** Names of the shipped policies. */
export function policyNames(): string[] {
  return readdirSync(packaged(FOLDER))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/**
 * A policy by the name of a shipped one (`no-roaming`) or by path, complete with those that it uses. Errors as for any
 * file, with its name; FILE_INVALID also for policies that use each other.
 */
export const loadPolicy = (nameOrPath: string, from = '.'): HostPolicy => load(pathOf(nameOrPath, from), []);

/**
 * A policy with everything of the policies that it `use`s: its own rules and misdeeds come first, its own accounts and
 * short forms win. Paths are relative to `from`.
 */
export const composePolicy = (policy: HostPolicy, from = '.'): HostPolicy => compose(policy, from, []);

function load(path: string, above: readonly string[]): HostPolicy {
  if (above.includes(path)) {
    throw new RigError('FILE_INVALID', 'file', `${path} uses itself: ${[...above, path].join(' → ')}`, {
      at: path,
    });
  }
  return compose(readFileAs(path, HostPolicy), dirname(path), [...above, path]);
}

function compose(policy: HostPolicy, from: string, above: readonly string[]): HostPolicy {
  const { use, ...own } = policy;
  if (use === undefined) return policy;
  return [use]
    .flat()
    .map((name) => load(pathOf(name, from), above))
    .reduceRight((stronger, weaker) => merge(weaker, stronger), own);
}

/** What both state, the stronger says; lists are laid together, the stronger's first. */
function merge(weaker: HostPolicy, stronger: HostPolicy): HostPolicy {
  const stated = Object.fromEntries(Object.entries(stronger).filter(([, value]) => value !== undefined));
  return {
    ...weaker,
    ...stated,
    accounts: { ...weaker.accounts, ...stronger.accounts },
    rules: [...(stronger.rules ?? []), ...(weaker.rules ?? [])],
    misbehave: [...stronger.misbehave, ...weaker.misbehave],
  };
}

function pathOf(name: string, from: string): string {
  if (name.startsWith('posrig:')) return packaged(name.slice('posrig:'.length));
  if (/[/\\]|\.ya?ml$/.test(name)) return isAbsolute(name) ? name : resolve(from, name);
  const names = policyNames();
  if (names.includes(name)) return packaged(`${FOLDER}/${name}.yaml`);
  throw new RigError('FILE_INVALID', 'file', `there is no policy "${name}"`, {
    hint: `Known are ${names.join(', ')}; a policy of your own is named by its file.`,
  });
}
