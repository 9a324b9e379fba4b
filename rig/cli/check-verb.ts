import { packaged } from '../model/package-root.ts';
import { check } from './check.ts';
import type { House } from './house.ts';
import { knownNames } from './known.ts';

/**
 * `posrig check` with everything that ships as what files may refer to. Without paths, it checks what ships, each by
 * itself: the shipped scenarios are for benches of several kinds, and those that a bench cannot do are skipped there.
 */
export function checkVerb(
  paths: readonly string[],
  options: { readonly json?: boolean },
  house: House,
): Promise<number> {
  const shipped = [
    'scenarios',
    'drivers/terminal/profiles',
    'drivers/virtual/bench.yaml',
    'drivers/virtual/bench-serial.yaml',
    'drivers/virtual/bench-vt-6.yaml',
    'drivers/virtual/bench-vt-a.yaml',
    'drivers/virtual/bench-till-status.yaml',
    'drivers/virtual/kernel-bench.yaml',
    'drivers/network/regions.yaml',
    'drivers/network/access.yaml',
  ];
  return paths.length > 0
    ? check(paths, options, knownNames(house))
    : check(shipped.map(packaged), { ...options, apart: true }, knownNames(house));
}
