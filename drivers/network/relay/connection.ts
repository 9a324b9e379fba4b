import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Recorder } from '../../../rig/model/event.ts';
import type { LiveConnections } from '../../../rig/model/fault.ts';
import type { DialogueMessage, MessageDirection } from '../../../rig/model/message.ts';
import type { Clock } from '../../../rig/model/time.ts';
import { type Dialect, decodeMessage, toDialogueMessage } from '../../codec/iso8583/index.ts';
import type { Framing } from '../../host/wire/framing.ts';
import { DelayLine } from './delay-line.ts';
import { afterExactly } from './exact-timer.ts';
import { Flow, type FlowHost, type Swallower } from './flow.ts';
import { oneWayDelays, type Path, roundTrip } from './path-delay.ts';
import type { RelayFault, Strike } from './relay-fault.ts';
import { longestMessage, splitter } from './splitter.ts';
import type { RelayTls, TlsFailure } from './tls-ends.ts';

/** What a connection asks of the relay. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** Undefined: the stream has no messages that can be told apart. */
  readonly dialect: Dialect | undefined;
  readonly framing: Framing;
  readonly tls: RelayTls | undefined;
  readonly seed: number;
  readonly to: { readonly host: string; readonly port: number };
  quiet(direction: MessageDirection): boolean;
  concerns(direction: MessageDirection): boolean;
  judge(
    connection: Connection,
    direction: MessageDirection,
    message: DialogueMessage | undefined,
    bytes: number,
    aside: boolean,
  ): readonly Strike[];
  judgeTotal(
    connection: Connection,
    direction: MessageDirection,
    from: number,
    to: number,
  ): readonly Strike[];
  judgeClose(connection: Connection, direction: MessageDirection): readonly Strike[];
  judgeHandshake(connection: Connection): readonly Strike[];
  standing(connection: Connection, direction: MessageDirection): readonly RelayFault[];
  act(strike: Strike, connection: Connection, direction: MessageDirection): Promise<void> | undefined;
  holdFor(fault: RelayFault, gone: Promise<void>): Promise<void>;
  heard(direction: MessageDirection, message: DialogueMessage): void;
  gone(connection: Connection): void;
}

/** How an end of a connection is ended by a fault. */
export type EndedBy = 'fin' | 'reset';

/** A terminal's connection and the relay's own one to the host, with a flow for each direction. */
export class Connection {
  readonly id: string;
  readonly closed: Promise<void>;
  readonly #host: ConnectionHost;
  readonly #number: number;
  readonly #terminal: Socket;
  readonly #upstream: Socket;
  #path: Path | undefined;
  #flows: { readonly request: Flow; readonly response: Flow } | undefined;
  #swallowedBy: Swallower | undefined;
  readonly #stalled = new Set<RelayFault>();
  #over = false;
  #dialled = false;
  #unread = 0;
  #finish: () => void = () => {};

  /**
   * @param path decides delay and source address; undefined: neither
   */
  constructor(number: number, terminal: Socket, path: Path | undefined, host: ConnectionHost) {
    this.id = `c${number}`;
    this.#number = number;
    this.#host = host;
    this.#terminal = terminal;
    this.#path = path;
    this.#upstream = new Socket({ allowHalfOpen: true });
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#link('accepted', `${terminal.remoteAddress}:${terminal.remotePort}`);
    for (const socket of [terminal, this.#upstream]) {
      socket.on('error', () => {});
      socket.on('close', () => this.#endIfAlone());
    }
  }

  /** Bytes that arrived at the relay so far. */
  get traffic(): { readonly request: number; readonly response: number } {
    return {
      request: (this.#flows?.request.total ?? 0) + this.#unread,
      response: this.#flows?.response.total ?? 0,
    };
  }

  /** What took this connection away from both ends, or from one. */
  get swallowedBy(): Swallower | undefined {
    return this.#swallowedBy;
  }

  /** Opens the way to the host, from the region's address, once `after` has resolved; until then requests are held. */
  async dial(after?: Promise<void>): Promise<void> {
    const { tls } = this.#host;
    const failure = tls && (await this.#handshakeFaults());
    if (failure === 'ended' || this.#over) return;
    if (!tls?.terminates) {
      const { request } = this.#join(this.#terminal, this.#upstream);
      if (!after) {
        this.#connect();
        return;
      }
      request.hold(after);
      await after;
      this.#connect();
      return;
    }
    await after;
    await this.#handshakes(tls, failure);
  }

  /** TLS on both sides, then the flows between them. Nothing of the dialogue exists before that. */
  async #handshakes(tls: RelayTls, failure: TlsFailure | undefined): Promise<void> {
    if (this.#over || this.#swallowedBy) return;
    this.#connect();
    const [near, far] = await Promise.allSettled([
      tls.towardsTerminal(this.#terminal, failure),
      tls.towardsHost(this.#upstream, (this.#path?.to ?? this.#host.to).host),
    ]);
    if (near.status === 'rejected') {
      this.#link('tls failed', `towards the terminal: ${messageOf(near.reason)}`);
      this.destroy();
    } else if (far.status === 'rejected') {
      this.#link('host failed', messageOf(far.reason));
      this.#terminal.resetAndDestroy();
      this.destroy();
    } else if (!this.#over) {
      this.#link('secured', `towards the terminal ${near.value.getProtocol?.() ?? 'TLS'}`);
      this.#join(near.value, far.value);
    }
  }

  /** What the faults make of the handshake: nothing, a failure of its own kind, or its end. */
  async #handshakeFaults(): Promise<TlsFailure | 'ended' | undefined> {
    let failure: TlsFailure | undefined;
    for (const strike of this.#host.judgeHandshake(this)) {
      const { fault } = strike;
      fault.firstEffectAt ??= this.#host.clock.now();
      const { how } = fault.fault;
      if (fault.fault.do === 'tls' && how !== 'handshake-cut') {
        failure = how as TlsFailure;
        this.#settleAfterHandshake(fault);
        continue;
      }
      // The handshake has begun when the terminal's first bytes are here.
      await firstBytes(this.#terminal);
      if (fault.fault.do === 'tls') this.silence(fault);
      else this.end(fault, strike.direction ?? 'request', fault.fault.do === 'fin' ? 'fin' : 'reset');
      fault.settle();
      return 'ended';
    }
    return failure;
  }

  /** The certificate or protocol was shown when the terminal has gone on with it or turned away. */
  #settleAfterHandshake(fault: RelayFault): void {
    const before = this.#terminal.bytesWritten;
    void this.closed.then(() => {
      const shown = this.#terminal.bytesWritten > before;
      fault.told = 'shown to the terminal in its TLS handshake';
      fault.settle(shown ? undefined : 'the terminal did not begin a TLS handshake');
    });
  }

  #connect(): void {
    if (this.#over || this.#swallowedBy) return;
    this.#dialled = true;
    const egress = this.#path?.region.egress;
    this.#upstream.setNoDelay(true);
    this.#upstream.connect({
      ...(this.#path?.to ?? this.#host.to),
      ...(egress === undefined ? {} : { localAddress: egress }),
    });
    this.#upstream.once('connect', () =>
      this.#link('connected', `from ${this.#upstream.localAddress}:${this.#upstream.localPort}`),
    );
  }

  /** Nothing crosses any more, neither bytes nor a close, until the connection is destroyed. */
  cut(fault: RelayFault, spare?: MessageDirection): void {
    const { direction = 'both' } = fault.fault;
    if (this.#over || (direction === 'both' && this.#swallowedBy)) return;
    if (direction === 'both') this.#swallowedBy = fault;
    fault.cutConnections++;
    for (const way of ['request', 'response'] as const) {
      if (direction === 'both' || direction === way)
        this.#flows?.[way].swallow(fault, { keepOnItsWay: spare === way });
    }
    this.#link('cut', fault.id);
  }

  /** Both ends stay connected to a connection that is dead; what is on its way arrives. */
  kill(by: Swallower): void {
    if (this.#swallowedBy || this.#over) return;
    this.#swallowedBy = by;
    this.#flows?.request.swallow(by, { keepOnItsWay: true });
    this.#flows?.response.swallow(by, { keepOnItsWay: true });
    this.#link('dead', by.id);
  }

  /** Accepted, and nobody ever answers: what comes is counted and thrown away. */
  silence(fault: RelayFault): void {
    this.#swallowedBy = fault;
    fault.cutConnections++;
    fault.ended.host = 'never';
    if (this.#host.tls?.terminates) {
      this.#terminal.on('data', (chunk: Buffer) => {
        this.#unread += chunk.length;
        fault.swallowed.request += chunk.length;
        this.#tee(`${this.id} swallowed`, 'in', chunk);
      });
      this.#terminal.resume();
    } else {
      const { request, response } = this.#join(this.#terminal, this.#upstream);
      request.swallow(fault, { keepOnItsWay: false });
      response.swallow(fault, { keepOnItsWay: false });
    }
    this.#link('silent', fault.id);
  }

  /**
   * Ends an end of the connection as the fault says, behind what was handed on to it. The other end of a reset sees an orderly
   * close; of a `half-open`, nothing at all.
   */
  end(fault: RelayFault, spare: MessageDirection, how: EndedBy): void {
    if (this.#over) return;
    const halfOpen = fault.fault.do === 'half-open';
    const end = fault.fault.end ?? (halfOpen ? 'host' : 'both');
    fault.cutConnections++;
    // The FIN of one direction leaves the other as it is.
    const ways: readonly MessageDirection[] =
      how === 'fin' && end !== 'both'
        ? [end === 'terminal' ? 'response' : 'request']
        : ['request', 'response'];
    if (ways.length === 2) this.#swallowedBy = fault;
    for (const way of ways) {
      const flow = this.#flows?.[way];
      flow?.swallow(fault, { keepOnItsWay: way === spare });
      const who = way === 'request' ? 'host' : 'terminal';
      const mine = end === 'both' || end === who;
      if (!mine && (halfOpen || how === 'fin')) continue;
      fault.ended[who] = mine && how === 'reset' ? 'reset' : 'fin';
      if (flow) flow.endBehind(mine && how === 'reset' ? 'reset' : 'end');
      else if (who === 'terminal' && how === 'reset') this.#terminal.resetAndDestroy();
      else if (who === 'terminal') this.#terminal.end();
      else this.#upstream.destroy();
    }
    this.#link(halfOpen ? 'half-open' : how, fault.id);
  }

  /** Lets both directions stand still, or one; resolves when the direction `origin` may go on. */
  stall(fault: RelayFault, origin: MessageDirection): Promise<void> | undefined {
    const until = this.#host.holdFor(fault, this.closed);
    const { direction = 'both' } = fault.fault;
    const other = origin === 'request' ? 'response' : 'request';
    if (direction !== origin) this.#flows?.[other].hold(until);
    return direction === 'both' || direction === origin ? until : undefined;
  }

  /**
   * The terminal has moved. `keep`: the path's figures change under the live connection.
   * @param inOrder a connection that ends does so behind what is on its way
   */
  move(path: Path, live: LiveConnections, ghost: Swallower, inOrder: boolean): void {
    if (this.#swallowedBy || this.#over) return;
    this.#path = path;
    switch (live) {
      case 'keep':
        this.#flows?.request.move(oneWayDelays(path, this.#seedOf(0)));
        this.#flows?.response.move(oneWayDelays(path, this.#seedOf(1)));
        return;
      case 'half-open':
        this.kill(ghost);
        return;
      case 'reset':
      case 'fin':
        if (inOrder && this.#flows) {
          this.kill(ghost);
          this.#endBoth(live);
          return;
        }
        if (live === 'reset') {
          this.#terminal.resetAndDestroy();
          if (this.#dialled) this.#upstream.resetAndDestroy();
        }
        this.destroy();
    }
  }

  /** Ends both sides behind what is on its way to them. */
  #endBoth(how: EndedBy): void {
    const behind = how === 'reset' ? 'reset' : 'end';
    this.#flows?.request.endBehind(behind, () => this.#upstream.destroySoon());
    this.#flows?.response.endBehind(behind, () => this.#terminal.destroySoon());
  }

  /** Closes both sides at once. */
  destroy(): void {
    this.#terminal.destroy();
    this.#upstream.destroy();
    this.#end();
  }

  #seedOf(direction: number): number {
    return Math.imul(this.#host.seed, 0x9e3779b1) + this.#number * 2 + direction;
  }

  #join(terminal: Duplex, upstream: Duplex): { readonly request: Flow; readonly response: Flow } {
    const flows = {
      request: this.#flow('request', terminal, upstream, this.#upstream, roundTrip(this.#path)),
      response: this.#flow('response', upstream, terminal, this.#terminal, 0),
    };
    this.#flows = flows;
    this.#watch(terminal, this.#terminal, flows.request, 'terminal');
    this.#watch(upstream, this.#upstream, flows.response, 'host');
    return flows;
  }

  #flow(
    direction: MessageDirection,
    source: Duplex,
    target: Duplex,
    beneath: Socket,
    handshake: number,
  ): Flow {
    const { clock, dialect, framing } = this.#host;
    const dir = direction === 'request' ? 'in' : 'out';
    const line = new DelayLine(
      clock,
      target,
      beneath,
      (bytes) => this.#tee(this.id, dir, bytes),
      () => flow.throttle(),
    );
    const flow: Flow = new Flow(
      {
        direction,
        source,
        line,
        splitter: splitter(dialect, framing, direction),
        longest: dialect ? longestMessage(dialect) : 0,
        delays: oneWayDelays(this.#path, this.#seedOf(direction === 'request' ? 0 : 1)),
        handshake,
      },
      this.#flowHost(direction),
    );
    return flow;
  }

  #flowHost(direction: MessageDirection): FlowHost {
    const host = this.#host;
    const { clock, recorder } = host;
    return {
      now: () => clock.now(),
      after: (ms, act) => afterExactly(clock, ms, act),
      quiet: (side) => host.quiet(side),
      concerns: (side) => host.concerns(side),
      judge: (side, message, bytes, aside) => host.judge(this, side, message, bytes, aside),
      judgeTotal: (side, from, to) => host.judgeTotal(this, side, from, to),
      judgeClose: (side) => host.judgeClose(this, side),
      standing: (side) => host.standing(this, side),
      stall: (side) => this.#stallOf(side),
      act: (strike, side) => host.act(strike, this, side),
      decode: (frame) => this.#decode(frame, direction),
      recordMessage: (message, bytes, note) => {
        recorder.record({
          type: 'message',
          plane: 'network',
          connection: this.id,
          message,
          bytes,
          ...(note === undefined ? {} : { note }),
        });
        host.heard(direction, message);
      },
      recordSwallowed: (side, bytes) =>
        this.#tee(`${this.id} swallowed`, side === 'request' ? 'in' : 'out', bytes),
      recordNote: (text) => this.#note(direction, text),
    };
  }

  /** A stream stands still from its first byte under the fault on. */
  #stallOf(direction: MessageDirection): Promise<void> | undefined {
    for (const fault of this.#host.standing(this, direction)) {
      if (fault.fault.do !== 'stall' || this.#stalled.has(fault)) continue;
      this.#stalled.add(fault);
      fault.firstEffectAt ??= this.#host.clock.now();
      return this.#host.holdFor(fault, this.closed);
    }
    return undefined;
  }

  #decode(frame: Uint8Array, direction: MessageDirection): DialogueMessage | undefined {
    const { dialect } = this.#host;
    if (!dialect) return undefined;
    try {
      return toDialogueMessage(dialect, decodeMessage(dialect, frame));
    } catch (error) {
      this.#note(direction, `a frame of ${frame.length} bytes does not decode: ${messageOf(error)}`);
      return undefined;
    }
  }

  #watch(stream: Duplex, beneath: Socket, flow: Flow, end: 'terminal' | 'host'): void {
    let failed = false;
    stream.on('data', (chunk: Buffer) => flow.receive(chunk));
    stream.on('end', () => {
      this.#link(`${end} closed`);
      flow.close('end');
    });
    stream.on('error', (error: Error) => {
      failed = true;
      this.#link(`${end} failed`, error.message);
    });
    stream.on('close', () => {
      if (this.#over) return;
      flow.close(failed ? 'reset' : 'end');
      if (!beneath.destroyed) beneath.destroy();
      this.#endIfAlone();
    });
  }

  #endIfAlone(): void {
    if (this.#over || !this.#terminal.destroyed) return;
    // A socket that was never connected does not close by itself.
    if (!this.#dialled || this.#upstream.connecting) this.#upstream.destroy();
    if (this.#upstream.destroyed) this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#flows?.request.destroy();
    this.#flows?.response.destroy();
    this.#link('closed');
    this.#host.gone(this);
    this.#finish();
  }

  #tee(stream: string, dir: 'in' | 'out', bytes: Uint8Array): void {
    this.#host.recorder.record({
      type: 'bytes',
      plane: 'network',
      stream,
      dir,
      hex: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex'),
      count: bytes.length,
    });
  }

  #note(direction: MessageDirection, text: string): void {
    this.#host.recorder.record({
      type: 'note',
      level: 'warning',
      text: `relay ${this.id}, ${direction}: ${text}`,
    });
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

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Resolves when something can be read from a socket, without taking it, or when the socket has ended. */
function firstBytes(socket: Socket): Promise<void> {
  if (socket.destroyed || socket.readableLength > 0) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      socket.off('readable', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('readable', done);
    socket.on('close', done);
  });
}
