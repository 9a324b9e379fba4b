import type { MessageDirection } from '../../../rig/model/message.ts';
import type { Clock } from '../../../rig/model/time.ts';
import type { Dialect } from '../../codec/iso8583/index.ts';
import type { Framing } from '../../host/wire/framing.ts';
import type { Connection } from './connection.ts';
import type { FaultDesk } from './fault-desk.ts';
import type { Hold } from './holding.ts';
import type { Strike } from './relay-fault.ts';
import type { Tape } from './tape.ts';
import type { RelayTls } from './tls-ends.ts';

/** What a connection asks of the relay. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly tape: Tape;
  /** Undefined: the stream has no messages that can be told apart. */
  readonly dialect: Dialect | undefined;
  readonly framing: Framing;
  readonly tls: RelayTls | undefined;
  readonly seed: number;
  readonly to: { readonly host: string; readonly port: number };
  readonly faults: FaultDesk;
  /**
   * The moment of a strike has come; what comes back is waited for.
   * @param since when what waits was there; default: now
   */
  act(strike: Strike, connection: Connection, direction: MessageDirection, since?: number): Hold | undefined;
  /** A connection is over. */
  gone(connection: Connection): void;
}
