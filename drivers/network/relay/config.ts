import type { LiveConnections } from '../../../rig/model/fault.ts';
import type { Dialect } from '../../codec/iso8583/index.ts';
import type { Framing } from '../../host/wire/framing.ts';
import type { Endpoint } from '../endpoint.ts';
import type { OpensSocket } from './listener.ts';
import type { LookUpConfig } from './look-ups.ts';
import type { Path } from './path-delay.ts';
import type { RelayTls } from './tls-ends.ts';
import type { Atlas } from './whereabouts.ts';

/** Where a relay listens and leads, and what it knows. */
export interface RelayConfig extends Atlas {
  readonly listen: Endpoint;
  readonly to: Endpoint;
  /** Undefined: the stream has no messages that can be told apart; faults on the stream and on connections remain. */
  readonly dialect?: Dialect | undefined;
  /** What stands around the frames of the dialect; default `raw`. */
  readonly framing?: Framing;
  /** Where look-ups are answered, and of which name; undefined: nowhere. */
  readonly dns?: LookUpConfig;
  /** Undefined: no TLS on this path. */
  readonly tls?: RelayTls;
  /** Opens the socket that listens, where it is not an ordinary one; port 0 takes a free one. */
  readonly socket?: OpensSocket | undefined;
  /** How long evidence of a flood may wait, wall ms; a relay that is killed has lost no more. Default: ten seconds. */
  readonly behindWallMs?: number;
  /**
   * While a fault delays bytes, evidence is written when it is in nobody's way, some ms later than otherwise; for a relay to whose
   * journal nobody else writes.
   */
  readonly evidenceWaits?: boolean;
  /** A layer below, which is told of every move before connections follow. */
  readonly below?: LayerBelow | undefined;
}

/** What lies under the relay and takes the terminal from place to place. */
export interface LayerBelow {
  /** It delays, loses and paces packets, handshakes too, as the figures of the path say: the relay adds no delay then. */
  readonly delays: boolean;
  move(path: Path, live: LiveConnections): Promise<void>;
}
