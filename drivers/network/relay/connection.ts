import { isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { LiveConnections } from '../../../rig/model/fault.ts';
import type { MessageDirection } from '../../../rig/model/message.ts';
import type { ConnectionHost } from './connection-host.ts';
import { ConnectionRecord } from './connection-record.ts';
import { DelayLine } from './delay-line.ts';
import { Flow } from './flow.ts';
import { FlowFaults } from './flow-faults.ts';
import type { Swallower } from './flow-host.ts';
import { handshakeFaults, secureBoth } from './handshake.ts';
import { Hold, holdFor } from './holding.ts';
import { oneWayDelays, type Path, roundTrip } from './path-delay.ts';
import type { RelayFault } from './relay-fault.ts';
import { longestMessage, splitter } from './splitter.ts';
import type { RelayTls, TlsFailure } from './tls-ends.ts';

/** How an end of a connection is ended by a fault. */
export type EndedBy = 'fin' | 'reset';

/** A terminal's connection and the relay's own one to the host, with a flow for each direction. */
export class Connection {
  readonly id: string;
  readonly closed = new Hold();
  readonly #host: ConnectionHost;
  readonly #record: ConnectionRecord;
  readonly #number: number;
  readonly #terminal: Socket;
  readonly #upstream: Socket;
  #path: Path | undefined;
  #flows: { readonly request: Flow; readonly response: Flow } | undefined;
  #swallowedBy: Swallower | undefined;
  #over = false;
  #dialled = false;
  #unread = 0;

  /**
   * @param path decides delay and source address; undefined: neither
   */
  constructor(number: number, terminal: Socket, path: Path | undefined, host: ConnectionHost) {
    this.id = `c${number}`;
    this.#number = number;
    this.#host = host;
    this.#record = new ConnectionRecord(this.id, host.tape, host.dialect);
    this.#terminal = terminal;
    this.#path = path;
    this.#upstream = new Socket({ allowHalfOpen: true });
    this.#record.link('accepted', `${terminal.remoteAddress}:${terminal.remotePort}`);
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
  async dial(after?: Hold): Promise<void> {
    const { tls } = this.#host;
    const failure = tls && (await handshakeFaults(this, this.#terminal, this.#host));
    if (failure === 'ended' || this.#over) return;
    if (!tls?.terminates) {
      const { request } = this.#join(this.#terminal, this.#upstream);
      if (!after) {
        this.#connect();
        return;
      }
      request.hold(after);
      await after.over();
      this.#connect();
      return;
    }
    await after?.over();
    await this.#secure(tls, failure);
  }

  /** TLS on both sides, then the flows between them. Nothing of the dialogue exists before that. */
  async #secure(tls: RelayTls, failure: TlsFailure | undefined): Promise<void> {
    if (this.#over || this.#swallowedBy) return;
    this.#connect();
    const { host } = this.#path?.to ?? this.#host.to;
    const ends = await secureBoth(tls, this.#terminal, this.#upstream, host, failure, this.#record);
    if (!ends) this.destroy();
    else if (!this.#over) this.#join(ends.terminal, ends.upstream);
  }

  #connect(): void {
    if (this.#over || this.#swallowedBy) return;
    this.#dialled = true;
    const egress = this.#path?.region.egress;
    this.#upstream.setNoDelay(true);
    this.#upstream.connect({
      ...(this.#path?.to ?? this.#host.to),
      // A name may have addresses of both families; the source address has one.
      ...(egress === undefined ? {} : { localAddress: egress, family: isIP(egress) }),
    });
    this.#upstream.once('connect', () =>
      this.#record.link('connected', `from ${this.#upstream.localAddress}:${this.#upstream.localPort}`),
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
    this.#record.link('cut', fault.id);
  }

  /** Both ends stay connected to a connection that is dead; what is on its way arrives. */
  kill(by: Swallower): void {
    if (this.#swallowedBy || this.#over) return;
    this.#swallowedBy = by;
    this.#flows?.request.swallow(by, { keepOnItsWay: true });
    this.#flows?.response.swallow(by, { keepOnItsWay: true });
    this.#record.link('dead', by.id);
  }

  /** Accepted, and nobody ever answers: what comes is counted and thrown away. */
  silence(fault: RelayFault): void {
    // A cut that this connection has set off has counted it already.
    if (this.#swallowedBy !== fault) fault.cutConnections++;
    this.#swallowedBy = fault;
    fault.ended.host = 'never';
    if (this.#host.tls?.terminates) {
      this.#terminal.on('data', (chunk: Buffer) => {
        this.#unread += chunk.length;
        fault.swallowed.request += chunk.length;
        this.#record.swallowed('request', chunk);
      });
      this.#terminal.resume();
    } else {
      const { request, response } = this.#join(this.#terminal, this.#upstream);
      request.swallow(fault, { keepOnItsWay: false });
      response.swallow(fault, { keepOnItsWay: false });
    }
    this.#record.link('silent', fault.id);
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
    this.#record.link(halfOpen ? 'half-open' : how, fault.id);
  }

  /** Lets both directions stand still, or one; resolves when the direction `origin` may go on. */
  stall(fault: RelayFault, origin: MessageDirection): Hold | undefined {
    const until = holdFor(this.#host.clock, fault, this.closed);
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
    const line = new DelayLine(
      clock,
      target,
      beneath,
      (bytes) => this.#record.bytes(direction, bytes),
      () => flow.throttle(),
    );
    const flow: Flow = new Flow(
      {
        source,
        line,
        splitter: splitter(dialect, framing, direction),
        longest: dialect ? longestMessage(dialect) : 0,
        delays: oneWayDelays(this.#path, this.#seedOf(direction === 'request' ? 0 : 1)),
        handshake,
      },
      new FlowFaults(direction, this, this.#record, this.#host),
    );
    return flow;
  }

  #watch(stream: Duplex, beneath: Socket, flow: Flow, end: 'terminal' | 'host'): void {
    let failed = false;
    stream.on('data', (chunk: Buffer) => flow.receive(chunk));
    stream.on('end', () => {
      this.#record.link(`${end} closed`);
      flow.close('end');
    });
    stream.on('error', (error: Error) => {
      failed = true;
      this.#record.link(`${end} failed`, error.message);
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
    this.#record.link('closed');
    this.#host.gone(this);
    this.closed.end();
  }
}
