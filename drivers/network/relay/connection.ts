import { Socket } from 'node:net';
import type { Recorder } from '../../../rig/model/event.ts';
import type { DialogueMessage, MessageDirection } from '../../../rig/model/message.ts';
import type { Clock } from '../../../rig/model/time.ts';
import type { Dialect } from '../../codec/iso8583/index.ts';
import { DelayLine } from './delay-line.ts';
import { type Deed, Flow } from './flow.ts';
import { oneWayDelays, type Path, roundTrip } from './path-delay.ts';
import type { RelayFault } from './relay-fault.ts';

/** What a connection asks of the relay. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** How messages are framed and told apart; without one the relay sees bytes only. */
  readonly dialect: Dialect | undefined;
  readonly seed: number;
  readonly to: { readonly host: string; readonly port: number };
  concerns(direction: MessageDirection): boolean;
  judge(direction: MessageDirection, message: DialogueMessage | undefined, bytes: number): readonly Deed[];
  cut(fault: RelayFault, origin: Connection, direction: MessageDirection): void;
  gone(connection: Connection): void;
}

/** A terminal's connection and the relay's own one to the host, with a flow for each direction. */
export class Connection {
  readonly id: string;
  readonly closed: Promise<void>;
  readonly #host: ConnectionHost;
  readonly #terminal: Socket;
  readonly #upstream: Socket;
  readonly #request: Flow;
  readonly #response: Flow;
  #cutBy: RelayFault | undefined;
  #over = false;
  #dialled = false;
  #finish: () => void = () => {};

  /**
   * @param path decides delay and source address; undefined: neither
   */
  constructor(number: number, terminal: Socket, path: Path | undefined, host: ConnectionHost) {
    this.id = `c${number}`;
    this.#host = host;
    this.#terminal = terminal;
    this.#upstream = new Socket({ allowHalfOpen: true });
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
    const seedOf = (direction: number) => Math.imul(host.seed, 0x9e3779b1) + number * 2 + direction;
    this.#request = this.#flow('request', terminal, this.#upstream, path, seedOf(0), roundTrip(path));
    this.#response = this.#flow('response', this.#upstream, terminal, path, seedOf(1), 0);
    this.#link('accepted', `${terminal.remoteAddress}:${terminal.remotePort}`);
    this.#watch(terminal, this.#request, 'terminal');
  }

  /** Bytes that arrived at the relay so far. */
  get traffic(): { readonly request: number; readonly response: number } {
    return { request: this.#request.total, response: this.#response.total };
  }

  /** The fault that cut this connection. */
  get cutBy(): RelayFault | undefined {
    return this.#cutBy;
  }

  /** Opens the way to the host, from the region's address, once `after` has resolved; until then requests are held. */
  dial(egress: string | undefined, after?: Promise<void>): void {
    if (after) {
      this.#request.hold(after);
      void after.then(() => this.#dialNow(egress));
    } else {
      this.#dialNow(egress);
    }
  }

  #dialNow(egress: string | undefined): void {
    if (this.#over || this.#cutBy) return;
    this.#dialled = true;
    this.#watch(this.#upstream, this.#response, 'host');
    this.#upstream.setNoDelay(true);
    this.#upstream.connect({
      ...this.#host.to,
      ...(egress === undefined ? {} : { localAddress: egress }),
    });
    this.#upstream.once('connect', () =>
      this.#link('connected', `from ${this.#upstream.localAddress}:${this.#upstream.localPort}`),
    );
  }

  /** Nothing crosses any more, neither bytes nor a close, until the connection is destroyed. */
  cut(fault: RelayFault, spare?: MessageDirection): void {
    if (this.#cutBy || this.#over) return;
    this.#cutBy = fault;
    fault.cutConnections++;
    this.#request.cut(fault, { keepOnItsWay: spare === 'request' });
    this.#response.cut(fault, { keepOnItsWay: spare === 'response' });
    this.#link('cut', fault.id);
  }

  /** Closes both sides at once. */
  destroy(): void {
    this.#terminal.destroy();
    this.#upstream.destroy();
    this.#end();
  }

  #flow(
    direction: MessageDirection,
    source: Socket,
    target: Socket,
    path: Path | undefined,
    seed: number,
    handshake: number,
  ): Flow {
    const { clock, recorder, dialect } = this.#host;
    const dir = direction === 'request' ? 'in' : 'out';
    const tee = (stream: string, bytes: Uint8Array) =>
      recorder.record({
        type: 'bytes',
        plane: 'network',
        stream,
        dir,
        hex: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex'),
        count: bytes.length,
      });
    const line = new DelayLine(
      clock,
      target,
      (bytes) => tee(this.id, bytes),
      () => flow.throttle(),
    );
    const flow: Flow = new Flow(
      direction,
      dialect,
      {
        now: () => clock.now(),
        concerns: (side) => this.#host.concerns(side),
        judge: (side, message, bytes) => this.#host.judge(side, message, bytes),
        cut: (fault) => this.#host.cut(fault, this, direction),
        recordMessage: (message, bytes, note) =>
          recorder.record({
            type: 'message',
            plane: 'network',
            connection: this.id,
            message,
            bytes,
            ...(note === undefined ? {} : { note }),
          }),
        recordSwallowed: (_, bytes) => tee(`${this.id} swallowed`, bytes),
        recordNote: (text) =>
          recorder.record({
            type: 'note',
            level: 'warning',
            text: `relay ${this.id}, ${direction}: ${text}`,
          }),
      },
      source,
      line,
      oneWayDelays(path, seed),
      handshake,
    );
    return flow;
  }

  #watch(socket: Socket, flow: Flow, end: 'terminal' | 'host'): void {
    socket.on('data', (chunk: Buffer) => flow.receive(chunk));
    socket.on('end', () => {
      this.#link(`${end} closed`);
      flow.close('end');
    });
    socket.on('error', (error) => this.#link(`${end} failed`, error.message));
    socket.on('close', (failed) => {
      if (this.#over) return;
      flow.close(failed ? 'reset' : 'end');
      // A socket that was never connected does not close by itself.
      if (!this.#dialled) this.#upstream.destroy();
      if (this.#terminal.destroyed && this.#upstream.destroyed) this.#end();
    });
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#request.destroy();
    this.#response.destroy();
    this.#link('closed');
    this.#host.gone(this);
    this.#finish();
  }

  #link(state: string, detail?: string): void {
    this.#host.recorder.record({
      type: 'link',
      plane: 'network',
      stream: this.id,
      state,
      ...(detail === undefined ? {} : { detail }),
    });
  }
}
