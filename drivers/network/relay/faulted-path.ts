import type { RelayMeans } from './fault-point.ts';
import type { Hold } from './holding.ts';
import type { RelayFault, Strike } from './relay-fault.ts';

/** What faults do to the path; the relay does it. */
export interface FaultedPath {
  readonly means: RelayMeans;
  /** Where the terminal is. */
  region(): string | undefined;
  /** Live connections, oldest first. */
  connections(): readonly string[];
  /** Ends the connections that this fault has taken; resolves when they are gone. */
  endCut(fault: RelayFault): Promise<void>;
  /** Opens or closes the port as things stand; resolves when that is verified. */
  matchListener(): Promise<void>;
  /** Moves the terminal as the fault says. */
  handover(fault: RelayFault): Promise<void>;
  /** The longest that bytes may be under way at present, nominal ms. */
  longestDelay(): number;
}

/** What a new connection meets. */
export interface Reception {
  /** Strikes at `connect` that are done to the connection itself. */
  readonly strikes: readonly Strike[];
  /** A cut that stands. */
  readonly cutBy: RelayFault | undefined;
  /** The way to the host is opened when this is over. */
  readonly hold: Hold | undefined;
}
