import type { ArmedFault, NetworkPlane } from '../../../rig/bench/planes.ts';
import type { EventBody, LateEvent, Recorder } from '../../../rig/model/event.ts';
import type { Fault, FaultProof } from '../../../rig/model/fault.ts';
import type { MessageKind } from '../../../rig/model/message.ts';
import { isTillFault } from '../../../rig/model/till-fault.ts';
import type { ConnectionEnds } from './packet-rules.ts';
import type { SocketAddress } from './tcp-state.ts';

/** Longer than any scenario: the gate is opened, it never opens by itself. */
const HOLD = '24 h';

/** A place where the relay holds a message until it is let go. */
interface Gate {
  readonly fault: Fault;
  readonly shownAs: string;
  id: string | undefined;
  struck(proof: FaultProof): void;
}

/** What the relay tells its journal, read on its way there: which connection is which, and when a gate has its message. */
export class RelayWatch implements Recorder {
  readonly #recorder: Recorder;
  readonly #gates = new Set<Gate>();
  readonly #ends = new Map<string, { terminal?: SocketAddress; host?: SocketAddress }>();
  #lastMessageOn: string | undefined;
  readonly #listeners = new Set<(what: 'connect' | MessageKind) => void>();

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  attach: Recorder['attach'] = (...args) => this.#recorder.attach(...args);

  record(event: EventBody): void {
    const shown = this.#watch(event);
    if (shown) this.#recorder.record(shown);
  }

  flush(): void {
    this.#recorder.flush?.();
  }

  recordLate(events: readonly LateEvent[]): void {
    const shown = events.flatMap(({ event, at }) => {
      const kept = this.#watch(event);
      return kept ? [{ event: kept, at }] : [];
    });
    if (this.#recorder.recordLate) this.#recorder.recordLate(shown);
    else for (const { event } of shown) this.#recorder.record(event);
  }

  /** What the journal is to have of it: a gate is ours, the relay's word for it would mislead. */
  #watch(event: EventBody): EventBody | undefined {
    if (event.type === 'fault') {
      const { proof } = event;
      if (isTillFault(proof)) return event;
      const gate = [...this.#gates].find(({ fault, id }) => fault === proof.fault || id === proof.id);
      if (!gate) return event;
      gate.id = proof.id;
      if (event.phase === 'struck') gate.struck(proof);
      return undefined;
    }
    if (event.type === 'link' && event.plane === 'network')
      this.#link(event.stream, event.state, event.detail);
    if (event.type !== 'message') return event;
    this.#lastMessageOn = event.connection;
    for (const listener of this.#listeners) listener(event.message.kind);
    const gate = [...this.#gates].find(({ id }) => id !== undefined && event.note?.startsWith(`${id}:`));
    return gate ? { ...event, note: gate.shownAs } : event;
  }

  #link(stream: string, state: string, detail = ''): void {
    if (state === 'accepted') {
      this.#ends.set(stream, { terminal: addressIn(detail) });
      for (const listener of this.#listeners) listener('connect');
    }
    if (state === 'connected') this.#ends.set(stream, { ...this.#ends.get(stream), host: addressIn(detail) });
    if (state === 'closed') this.#ends.delete(stream);
  }

  /** Ends of a connection that is open; the newest when the relay did not say which. */
  connection(id: string | undefined): ConnectionEnds | undefined {
    const ends = this.#ends.get(id ?? this.#lastMessageOn ?? '');
    return ends?.terminal === undefined
      ? undefined
      : { terminal: ends.terminal, ...(ends.host ? { host: ends.host } : {}) };
  }

  /** Name of the connection with that terminal's end. */
  nameOf(terminal: SocketAddress): string | undefined {
    return [...this.#ends].find(
      ([, ends]) => ends.terminal?.port === terminal.port && ends.terminal.address === terminal.address,
    )?.[0];
  }

  onTraffic(listener: (what: 'connect' | MessageKind) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Holds what the fault waits for, at its point, and calls back: nothing of the message behind that point has left. It
   * goes on when the returned fault is healed.
   */
  async gate(
    relay: Pick<NetworkPlane, 'arm'>,
    fault: Fault,
    shownAs: string,
    struck: (proof: FaultProof) => void,
  ): Promise<ArmedFault> {
    const { at, on, nth, terminal, region, connection, probability } = fault;
    const which = { on, terminal, region, connection, probability };
    const stated = Object.fromEntries(Object.entries(which).filter(([, value]) => value !== undefined));
    const gate: Gate = {
      fault: { at, nth, ...stated, do: 'delay', for: HOLD, heal: 'never' },
      shownAs,
      id: undefined,
      struck,
    };
    this.#gates.add(gate);
    const armed = await relay.arm(gate.fault);
    gate.id = armed.id;
    return armed;
  }
}

/** The address in `from 127.0.0.1:40000` or `127.0.0.1:40000`. */
function addressIn(detail: string): SocketAddress {
  const [, address = '', port = '0'] = /(?:::ffff:)?([0-9a-fA-F.:]+):(\d+)$/.exec(detail) ?? [];
  return { address, port: Number(port) };
}
