import type { DriverContext } from '../../rig/bench/planes.ts';

/** The file that tells regions by source address: the driver's own, else that of its bench, else the one that ships. */
export const regionFile = (
  options: { readonly regions?: string | undefined },
  { bench, resolve }: Pick<DriverContext, 'bench' | 'resolve'>,
): string =>
  options.regions === undefined
    ? (bench?.regions ?? resolve('posrig:drivers/network/regions.yaml'))
    : resolve(options.regions);
