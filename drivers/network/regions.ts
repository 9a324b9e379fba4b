import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';
import { RigError } from '../../rig/model/errors.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { type Access, AccessFile, type Region, RegionFile } from '../../rig/model/region.ts';

/** The region and access files that ship with posrig; a lab may name its own in the bench file. */
export const SHIPPED_REGIONS = packaged('drivers/network/regions.yaml');
export const SHIPPED_ACCESS = packaged('drivers/network/access.yaml');

function readFileOf<T>(path: string, schema: z.ZodType<T>, what: string): T {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new RigError('FILE_UNREADABLE', 'file', `the ${what} file ${path} cannot be read`, { cause });
  }
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new RigError('FILE_SYNTAX', 'file', `the ${what} file ${path} is not YAML: ${detail}`, { cause });
  }
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`);
  throw new RigError('FILE_INVALID', 'file', `the ${what} file ${path} is wrong: ${issues.join('; ')}`, {
    hint: 'Its form is described by rig/model/region.ts.',
  });
}

/** By id, in the order of the file; an id that stands twice is an error, because one of them would silently win. */
function byId<T extends { readonly id: string }>(
  list: readonly T[],
  path: string,
  what: string,
): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const entry of list) {
    if (map.has(entry.id)) {
      throw new RigError('FILE_INVALID', 'file', `${what} "${entry.id}" stands twice in ${path}`);
    }
    map.set(entry.id, entry);
  }
  return map;
}

/**
 * Regions by id, in file order.
 * @throws FILE_UNREADABLE, FILE_SYNTAX or FILE_INVALID, blame file
 */
export function loadRegions(path: string = SHIPPED_REGIONS): ReadonlyMap<string, Region> {
  return byId(readFileOf(path, RegionFile, 'region').regions, path, 'region');
}

/** Access networks by id, in file order. Errors as for {@link loadRegions}. */
export function loadAccess(path: string = SHIPPED_ACCESS): ReadonlyMap<string, Access> {
  return byId(readFileOf(path, AccessFile, 'access').access, path, 'access network');
}
