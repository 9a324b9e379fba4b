import type { EntryMode } from '../model/card.ts';
import type { Fault } from '../model/fault.ts';

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
}
