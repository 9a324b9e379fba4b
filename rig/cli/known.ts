import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Bench } from '../bench/bench.ts';
import {
  type BenchLookups,
  type FileOf,
  loadAccesses,
  loadCards,
  loadData,
  loadRegions,
  SHIPPED,
  shippedProfiles,
} from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import { namesOf } from '../bench/names.ts';
import type { EntryMode } from '../model/card.ts';
import { packaged } from '../model/package-root.ts';
import type { Lookups, NearNames } from '../scenario/lookups.ts';
import { type ListName, listsNear } from '../scenario/near.ts';
import { ClaimFile } from '../scenario/schema.ts';
import type { House } from './house.ts';

/** A requirement that scenarios can prove. */
export type Claim = ClaimFile['claims'][number];

/** Everything by name that ships with posrig and that scenario and bench files may refer to. */
export function knownNames(house: House): Lookups & BenchLookups {
  const cards = valueOrThrow(loadCards(packaged(SHIPPED.cards))).value.cards;
  const claims = packaged(SHIPPED.claims);
  return {
    regions: new Set(
      valueOrThrow(loadRegions(packaged(SHIPPED.regions))).value.regions.map((region) => region.id),
    ),
    accesses: new Set(
      valueOrThrow(loadAccesses(packaged(SHIPPED.accesses))).value.access.map((access) => access.id),
    ),
    cards: new Map<string, readonly EntryMode[]>(cards.map((card) => [card.id, card.entry])),
    ...(existsSync(claims)
      ? { claims: new Set(valueOrThrow(loadData(claims, ClaimFile)).value.claims.map((claim) => claim.id)) }
      : {}),
    profiles: new Set(shippedProfiles()),
    drivers: house.drivers.drivers ?? [],
  };
}

const idsOf = (items: readonly { readonly id: string }[]): readonly string[] => items.map(({ id }) => id);

/** Claims of the lists that lie beside `files` or above them, each with its file. Throws FILE_SYNTAX or FILE_INVALID. */
export const claimsNear = (
  files: readonly string[],
): readonly { readonly file: string; readonly claims: readonly Claim[] }[] =>
  listsNear(files, 'claims').map((file) => ({
    file,
    claims: valueOrThrow(loadData(file, ClaimFile)).value.claims,
  }));

/** What a bench has takes the place of what ships: its cards, regions and access networks; claims are added by file. */
export const namesOnBench = <T extends Lookups>(known: T, bench: FileOf<Bench>): T => ({
  ...known,
  ...namesOf(bench),
  near: byFolder((file) => ({ claims: new Set(claimsNear([file]).flatMap(({ claims }) => idsOf(claims))) })),
});

/**
 * With what is on any of the benches among the files of a check, and what lies near each file: whether one bench has it all
 * shows in a run.
 */
export function namesToCheck<T extends Lookups>(known: T, benches: readonly FileOf<Bench>[]): T {
  const onBenches = benches.map(namesOf);
  const set = (shipped: Iterable<string> = [], own: (Iterable<string> | undefined)[]) =>
    new Set([...shipped, ...own.flatMap((ids) => [...(ids ?? [])])]);
  return {
    ...known,
    regions: set(
      known.regions,
      onBenches.map(({ regions }) => regions),
    ),
    accesses: set(
      known.accesses,
      onBenches.map(({ accesses }) => accesses),
    ),
    cards: new Map([...(known.cards ?? []), ...onBenches.flatMap(({ cards }) => [...cards])]),
    near: byFolder((file) => ({
      // A list that is wrong says so when it is checked itself; here it names nothing.
      claims: new Set(near(file, 'claims', (list) => loadData(list, ClaimFile).value?.value.claims)),
      regions: new Set(near(file, 'regions', (list) => loadRegions(list).value?.value.regions)),
      accesses: new Set(near(file, 'access', (list) => loadAccesses(list).value?.value.access)),
      cards: new Map(
        listsNear([file], 'cards').flatMap((list) =>
          (loadCards(list).value?.value.cards ?? []).map(({ id, entry }) => [id, entry] as const),
        ),
      ),
    })),
  };
}

const near = (
  file: string,
  name: ListName,
  read: (list: string) => readonly { readonly id: string }[] | undefined,
): readonly string[] => listsNear([file], name).flatMap((list) => idsOf(read(list) ?? []));

/** Asked once a folder: a suite has hundreds of files in a few. */
function byFolder(near: (file: string) => NearNames): (file: string) => NearNames {
  const known = new Map<string, NearNames>();
  return (file) => {
    const folder = dirname(resolve(file));
    const names = known.get(folder) ?? near(file);
    known.set(folder, names);
    return names;
  };
}
