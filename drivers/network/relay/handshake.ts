import type { Socket } from 'node:net';
import type { Connection } from './connection.ts';
import type { ConnectionHost } from './connection-host.ts';
import type { ConnectionRecord } from './connection-record.ts';
import type { Hold } from './holding.ts';
import type { RelayFault } from './relay-fault.ts';
import type { RelayTls, TlsFailure } from './tls-ends.ts';

/** What the faults make of a connection's TLS handshake: nothing, a failure of its own kind, or its end. */
export async function handshakeFaults(
  connection: Connection,
  terminal: Socket,
  { faults, clock }: Pick<ConnectionHost, 'faults' | 'clock'>,
): Promise<TlsFailure | 'ended' | undefined> {
  let failure: TlsFailure | undefined;
  for (const strike of faults.judgeEvent('tls', connection.id)) {
    const { fault } = strike;
    fault.firstEffectAt ??= clock.now();
    const { how } = fault.fault;
    if (fault.fault.do === 'tls' && how !== undefined && isShown(how)) {
      failure = how;
      settleWhenShown(fault, terminal, connection.closed);
      continue;
    }
    // The handshake has begun when the terminal's first bytes are here.
    await firstBytes(terminal);
    if (fault.fault.do === 'tls') connection.silence(fault);
    else connection.end(fault, strike.direction ?? 'request', fault.fault.do === 'fin' ? 'fin' : 'reset');
    fault.settle();
    return 'ended';
  }
  return failure;
}

/** A failure that is shown by what the relay presents. */
const isShown = (how: string): how is TlsFailure =>
  ['expired', 'wrong-name', 'unknown-ca', 'protocol-too-old'].includes(how);

/** The certificate or protocol was shown when the terminal has gone on with it or turned away. */
function settleWhenShown(fault: RelayFault, terminal: Socket, closed: Hold): void {
  const before = terminal.bytesWritten;
  closed.whenOver(() => {
    fault.told = 'shown to the terminal in its TLS handshake';
    fault.settle(terminal.bytesWritten > before ? undefined : 'the terminal did not begin a TLS handshake');
  });
}

/** Both ends secured; undefined when one of them would not be. */
export async function secureBoth(
  tls: RelayTls,
  terminal: Socket,
  upstream: Socket,
  host: string,
  failure: TlsFailure | undefined,
  record: ConnectionRecord,
): Promise<{ readonly terminal: Socket; readonly upstream: Socket } | undefined> {
  const [near, far] = await Promise.allSettled([
    tls.towardsTerminal(terminal, failure),
    tls.towardsHost(upstream, host),
  ]);
  if (near.status === 'rejected') {
    record.link('tls failed', `towards the terminal: ${messageOf(near.reason)}`);
    return undefined;
  }
  if (far.status === 'rejected') {
    record.link('host failed', messageOf(far.reason));
    terminal.resetAndDestroy();
    return undefined;
  }
  record.link('secured', `towards the terminal ${near.value.getProtocol?.() ?? 'TLS'}`);
  return { terminal: near.value, upstream: far.value };
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
