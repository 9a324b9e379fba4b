import type { EntryMode } from '../model/card.ts';
import type { Bench } from './bench.ts';
import { type FileOf, loadAccesses, loadCards, loadRegions, resolvePath } from './load.ts';
import { valueOrThrow } from './load-issue.ts';
import type { BenchRef } from './planes.ts';

/** What scenarios may name on a bench. */
export interface BenchNames {
  /** Card ids with the ways in which each can be presented. */
  readonly cards: ReadonlyMap<string, readonly EntryMode[]>;
  readonly regions: ReadonlySet<string>;
  readonly accesses: ReadonlySet<string>;
}

/** What drivers may know of their bench. */
export const benchRef = ({ value, file }: FileOf<Bench>): Required<BenchRef> => ({
  id: value.id,
  file,
  regions: resolvePath(value.regions, file),
  access: resolvePath(value['access-networks'], file),
});

/**
 * The cards, regions and access networks of a bench. Throws FILE_SYNTAX or FILE_INVALID with every mistake of a file that
 * is wrong.
 */
export function namesOf(bench: FileOf<Bench>): BenchNames {
  const lists = benchRef(bench);
  const { cards } = valueOrThrow(loadCards(resolvePath(bench.value.cards, bench.file))).value;
  const { regions } = valueOrThrow(loadRegions(lists.regions)).value;
  const { access } = valueOrThrow(loadAccesses(lists.access)).value;
  return {
    cards: new Map(cards.map(({ id, entry }) => [id, entry])),
    regions: new Set(regions.map(({ id }) => id)),
    accesses: new Set(access.map(({ id }) => id)),
  };
}
