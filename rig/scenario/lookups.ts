import type { EntryMode } from '../model/card.ts';
import type { Fault } from '../model/fault.ts';
import { defined } from './written.ts';

/** What a scenario may refer to by id. What is absent is not checked (a lab may check files far from its bench). */
export interface Lookups {
  readonly regions?: ReadonlySet<string>;
  readonly accesses?: ReadonlySet<string>;
  /** Card ids with the ways in which each can be presented. */
  readonly cards?: ReadonlyMap<string, readonly EntryMode[]>;
  /** Why a fault is a contradiction on the bench that is checked beside the scenario. */
  readonly contradicts?: (fault: Fault) => string | undefined;
  readonly claims?: ReadonlySet<string>;
  readonly profiles?: ReadonlySet<string>;
  /** Screen names of the terminal profiles in use. */
  readonly screens?: ReadonlySet<string>;
  /** What a file may name besides, because it lies near it. */
  readonly near?: (file: string) => NearNames;
}

/** Names of lists that lie beside a file or above it. */
export type NearNames = Pick<Lookups, 'regions' | 'accesses' | 'cards' | 'claims'>;

/** The same with what lies near `file`. */
export function withNear(lookups: Lookups, file: string): Lookups {
  const near = lookups.near?.(file);
  if (!near) return lookups;
  const both = (known: ReadonlySet<string> | undefined, own: ReadonlySet<string> | undefined) =>
    known && own ? new Set([...known, ...own]) : known;
  const { regions, accesses, claims, cards } = lookups;
  return {
    ...lookups,
    ...defined({
      regions: both(regions, near.regions),
      accesses: both(accesses, near.accesses),
      claims: both(claims, near.claims),
      cards: cards && new Map([...cards, ...(near.cards ?? [])]),
    }),
  };
}
