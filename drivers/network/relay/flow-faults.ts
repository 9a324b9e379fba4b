import type { DialogueMessage, MessageDirection, MessageKind } from '../../../rig/model/message.ts';
import { type Dialect, kindsOfMti, peekMti } from '../../codec/iso8583/index.ts';
import type { Connection } from './connection.ts';
import type { ConnectionHost } from './connection-host.ts';
import type { ConnectionRecord } from './connection-record.ts';
import type { FlowHost } from './flow-host.ts';
import { type Hold, holdFor } from './holding.ts';
import type { RelayFault, Strike } from './relay-fault.ts';

/** What the messages of a dialect can turn out to be, by type; worked out once for each dialect. */
const kinds = new WeakMap<Dialect, Map<string, ReadonlySet<MessageKind>>>();

/** Stands between one direction of a connection and the faults of the relay. */
export class FlowFaults implements FlowHost {
  readonly direction: MessageDirection;
  readonly #connection: Connection;
  readonly #host: ConnectionHost;
  readonly #record: ConnectionRecord;
  /** The dialect whose messages lie bare on the wire, so that their type can be peeked at. */
  readonly #bare: Dialect | undefined;
  readonly #kindsOf: (mti: string) => ReadonlySet<MessageKind>;
  readonly #stalled = new Set<RelayFault>();

  constructor(
    direction: MessageDirection,
    connection: Connection,
    record: ConnectionRecord,
    host: ConnectionHost,
  ) {
    this.direction = direction;
    this.#connection = connection;
    this.#record = record;
    this.#host = host;
    this.#bare = host.framing === 'raw' ? host.dialect : undefined;
    const known = this.#bare ? (kinds.get(this.#bare) ?? new Map()) : new Map();
    if (this.#bare) kinds.set(this.#bare, known);
    this.#kindsOf = (mti) => {
      const found = known.get(mti) ?? (host.dialect ? kindsOfMti(host.dialect, mti) : NONE);
      known.set(mti, found);
      return found;
    };
  }

  now(): number {
    return this.#host.clock.now();
  }

  after(ms: number, act: () => void): () => void {
    return this.#host.clock.after(ms, act);
  }

  quiet(): boolean {
    return this.#host.faults.isIdle(this.direction);
  }

  passes(head: Uint8Array | undefined): boolean {
    const mti = head && this.#bare && peekMti(this.#bare, head);
    return this.#host.faults.passes(this.direction, head !== undefined, mti, this.#kindsOf);
  }

  listens(): boolean {
    return this.#host.faults.listens(this.direction);
  }

  concerns(): boolean {
    return this.#host.faults.concerns(this.direction);
  }

  judge(message: DialogueMessage | undefined, bytes: number, aside: boolean): readonly Strike[] {
    const terminal = message && this.#record.terminalOf(message);
    const whose = message && terminal !== undefined ? { ...message, terminal } : message;
    return this.#host.faults.judge(this.#connection.id, this.direction, whose, bytes, aside);
  }

  judgeTotal(from: number, to: number): readonly Strike[] {
    return this.#host.faults.judgeTotal(this.#connection.id, this.direction, from, to);
  }

  judgeClose(): readonly Strike[] {
    return this.#host.faults.judgeEvent('close', this.#connection.id, this.direction);
  }

  standing(): readonly RelayFault[] {
    return this.#host.faults.standing(this.#connection.id, this.direction);
  }

  /** A stream stands still from its first byte under the fault on. */
  stall(): Hold | undefined {
    for (const fault of this.standing()) {
      if (fault.fault.do !== 'stall' || this.#stalled.has(fault)) continue;
      this.#stalled.add(fault);
      fault.firstEffectAt ??= this.now();
      return holdFor(this.#host.clock, fault, this.#connection.closed);
    }
    return undefined;
  }

  act(strike: Strike, since?: number): Hold | undefined {
    return this.#host.act(strike, this.#connection, this.direction, since);
  }

  decode(frame: Uint8Array): DialogueMessage | undefined {
    return this.#record.decode(this.direction, frame);
  }

  heard(message: DialogueMessage, bytes: number, note: string | undefined): void {
    this.#record.message(message, bytes, note);
    this.#host.faults.heard(this.direction, message);
  }

  crossed(frame: Uint8Array): void {
    this.#keep(frame);
    this.#record.crossed(this.direction, frame);
  }

  handedOn(bytes: Uint8Array): void {
    this.#record.bytes(this.direction, bytes);
  }

  passed(frame: Uint8Array, note: string | undefined): void {
    this.#keep(frame);
    this.#record.frame(this.direction, frame, note);
  }

  /** While a fault may wait for the answer to a request, it must be known what was asked. */
  #keep(frame: Uint8Array): void {
    const { faults } = this.#host;
    if (this.direction !== 'request' || faults.isIdle('response')) return;
    // An answer is of a kind that its request can be, too.
    const mti = this.#bare && peekMti(this.#bare, frame);
    if (!faults.passes('response', true, mti, this.#kindsOf)) this.#record.keepRequest(frame);
  }

  swallowed(bytes: Uint8Array): void {
    this.#record.swallowed(this.direction, bytes);
  }

  note(text: string): void {
    this.#record.note(this.direction, text);
  }
}

const NONE: ReadonlySet<MessageKind> = new Set();
