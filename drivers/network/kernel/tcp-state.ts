import { attempt } from './command.ts';
import { inside } from './creation.ts';

export interface SocketAddress {
  readonly address: string;
  readonly port: number;
}

/** What the kernel believes of one connection. */
export interface TcpState {
  readonly state: string;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  /** Bytes sent, or waiting to be, that the other end has not acknowledged. */
  readonly unacknowledged: number;
  /** Segments sent again so far, in the life of the connection. */
  readonly retransmissions: number;
}

function addressOf(text: string): SocketAddress {
  const colon = text.lastIndexOf(':');
  // An IPv4 peer of a socket that also takes IPv6 reads [::ffff:127.0.0.1]; an address may carry its interface.
  const address = text
    .slice(0, colon)
    .replace(/^\[(?:::ffff:)?|\]$/g, '')
    .replace(/%.*$/, '');
  return { address, port: Number(text.slice(colon + 1)) };
}

/** Reads `ss -HtinO`: one connection a line. Lines of another shape are left out. */
export function readSs(text: string): readonly TcpState[] {
  return text.split('\n').flatMap((line) => {
    const [state, , sendQueue, local, remote, ...info] = line.trim().split(/\s+/);
    if (!state || !local || !remote || !/^\d+$/.test(sendQueue ?? '') || !/:\d+$/.test(remote)) return [];
    const retransmitted = info.find((word) => word.startsWith('retrans:'))?.split('/')[1];
    return [
      {
        state,
        local: addressOf(local),
        remote: addressOf(remote),
        unacknowledged: Number(sendQueue),
        retransmissions: Number(retransmitted ?? 0),
      },
    ];
  });
}

/** Connections of this network namespace, or of a named one; `filter` in the language of ss(8). About 8 ms: for verdicts, not for triggers. */
export async function tcpStates(
  filter: readonly string[] = [],
  namespace?: string,
): Promise<readonly TcpState[]> {
  const words = [...inside(namespace), 'ss', '-HtinO', 'state', 'connected', ...filter];
  const [program = 'ss', ...args] = words;
  const { stdout } = await attempt(program, args);
  return readSs(stdout);
}

/** Address and port in one text, IPv6 in brackets. */
export const written = ({ address, port }: SocketAddress): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** Words of an ss filter for one connection, from its local end. */
export const ssFilter = (local: SocketAddress, remote: SocketAddress): readonly string[] => [
  'src',
  written(local),
  'dst',
  written(remote),
];

/** Destroys a connection in the kernel: both ends see an RST. True when it was there and is gone. */
export async function destroyConnection(local: SocketAddress, remote: SocketAddress): Promise<boolean> {
  const filter = ssFilter(local, remote);
  const before = await tcpStates(filter);
  await attempt('ss', ['-K', '-t', ...filter]);
  return before.length > 0 && (await tcpStates(filter)).length === 0;
}
