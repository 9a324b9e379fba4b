import { existsSync } from 'node:fs';
import {
  type BenchLookups,
  loadAccesses,
  loadCards,
  loadData,
  loadRegions,
  SHIPPED,
  shippedProfiles,
} from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import type { EntryMode } from '../model/card.ts';
import { packaged } from '../model/package-root.ts';
import type { Lookups } from '../scenario/lookups.ts';
import { ClaimFile } from '../scenario/schema.ts';
import type { House } from './house.ts';

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
