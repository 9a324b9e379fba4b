import { type RigError, toRigError } from '../../../rig/model/errors.ts';
import type { MessageDirection } from '../../../rig/model/message.ts';
import type { Clock } from '../../../rig/model/time.ts';
import type { Connection } from './connection.ts';
import type { FaultDesk } from './fault-desk.ts';
import { Hold, holdFor } from './holding.ts';
import type { RelayFault, Strike } from './relay-fault.ts';

/** What a strike does to connections, to the port, or to where the terminal is. */
export class Deeds {
  readonly #clock: Clock;
  readonly #faults: FaultDesk;
  readonly #connections: () => Iterable<Connection>;
  readonly #lost: (error: RigError) => void;

  /**
   * @param connections all that are live
   * @param lost is told of what fails while nobody waits for it
   */
  constructor(
    clock: Clock,
    faults: FaultDesk,
    connections: () => Iterable<Connection>,
    lost: (error: RigError) => void,
  ) {
    this.#clock = clock;
    this.#faults = faults;
    this.#connections = connections;
    this.#lost = lost;
  }

  /** Strikes at a connection that has just come. */
  atConnect(connection: Connection, strikes: readonly Strike[]): void {
    for (const { fault } of strikes) {
      switch (fault.fault.do) {
        case 'cut':
          this.#cut(fault);
          break;
        case 'accept-then-silence':
          connection.silence(fault);
          break;
        case 'reset':
          connection.end(fault, 'request', 'reset');
          break;
        case 'fin':
          connection.end(fault, 'request', 'fin');
          break;
        default:
          this.#faults.handover(fault).catch((error) => this.#lost(toRigError(error)));
      }
      fault.settle();
    }
  }

  /**
   * The moment of a strike has come, unless the fault was healed while its message was held for another. What comes back is
   * waited for.
   * @param since when what waits was there; default: now
   */
  act(
    { fault }: Strike,
    connection: Connection,
    direction: MessageDirection,
    since?: number,
  ): Hold | undefined {
    if (fault.phase === 'healed') return undefined;
    switch (fault.fault.do) {
      case 'cut':
        this.#cut(fault, connection, direction);
        return undefined;
      case 'reset':
      case 'half-open':
        connection.end(fault, direction, 'reset');
        return undefined;
      case 'fin':
        connection.end(fault, direction, 'fin');
        return undefined;
      case 'stall':
        return connection.stall(fault, direction);
      case 'delay':
        return holdFor(this.#clock, fault, connection.closed, since);
      case 'refuse':
        return Hold.until(this.#faults.confirmRefusal(fault));
      case 'handover':
        return Hold.until(this.#faults.handover(fault));
      default:
        return undefined;
    }
  }

  /** On the connection where the message is, bytes of its direction that were let through before still arrive. */
  #cut(fault: RelayFault, origin?: Connection, direction?: MessageDirection): void {
    for (const connection of this.#connections()) {
      connection.cut(fault, connection === origin ? direction : undefined);
    }
  }
}
