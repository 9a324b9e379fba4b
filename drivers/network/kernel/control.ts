import { RigError } from '../../../rig/model/errors.ts';
import type { HostEnd } from './packet-rules.ts';
import { type SocketAddress, type TcpState, tcpStates } from './tcp-state.ts';

/** What faults and routes of a bench could cut. */
export interface Reach {
  readonly listen: SocketAddress;
  readonly hosts: readonly HostEnd[];
  /** Addresses that are to become local to this machine. */
  readonly localised: readonly string[];
}

const ANY = ['0.0.0.0', '::', '*'];

/** The first connection of this machine that the bench would cut, in words; undefined when there is none. */
export function wouldCut(reach: Reach, connections: readonly TcpState[]): string | undefined {
  const { listen, hosts, localised } = reach;
  for (const { state, local, remote } of connections) {
    if (state !== 'ESTAB') continue;
    const name = `${local.address}:${local.port} with ${remote.address}:${remote.port}`;
    if (local.port === listen.port && (ANY.includes(listen.address) || local.address === listen.address))
      return `the connection ${name} uses the address and port that the terminal dials`;
    if (hosts.some(({ addresses, port }) => remote.port === port && addresses.includes(remote.address)))
      return `the connection ${name} goes to the acquirer's address and port`;
    if (localised.includes(remote.address))
      return `the connection ${name} would lose its way: ${remote.address} is to become an address of this machine`;
  }
  return undefined;
}

/** What stands in the environment of somebody who works over SSH: `client port server port`. */
function sshConnection(): readonly TcpState[] {
  const [client, clientPort, server, serverPort] = (process.env['SSH_CONNECTION'] ?? '').split(' ');
  if (!client || !clientPort || !server || !serverPort) return [];
  return [
    {
      state: 'ESTAB',
      local: { address: server, port: Number(serverPort) },
      remote: { address: client, port: Number(clientPort) },
      unacknowledged: 0,
      retransmissions: 0,
    },
  ];
}

/**
 * Refuses a bench that would cut a connection this machine already has: the one by which somebody works on it, for example.
 * @throws NETWORK_KERNEL, blame file
 */
export async function protectControl(reach: Reach): Promise<void> {
  const cut = wouldCut(reach, [...(await tcpStates()), ...sshConnection()]);
  if (cut === undefined) return;
  throw new RigError('NETWORK_KERNEL', 'file', `not starting: ${cut}, and a fault would cut it`, {
    hint: 'Give the bench an address and port of its own, or end that connection first.',
  });
}
