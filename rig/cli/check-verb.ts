import { packaged } from '../model/package-root.ts';
import { check } from './check.ts';
import type { House } from './house.ts';
import { knownNames } from './known.ts';

/** `posrig check` with everything that ships as what files may refer to; without paths, it checks what ships. */
export function checkVerb(
  paths: readonly string[],
  options: { readonly json?: boolean },
  house: House,
): Promise<number> {
  const shipped = [
    'scenarios',
    'drivers/terminal/profiles',
    'drivers/virtual/bench.yaml',
    'drivers/network/regions.yaml',
    'drivers/network/access.yaml',
  ];
  return check(paths.length > 0 ? paths : shipped.map(packaged), options, knownNames(house));
}
