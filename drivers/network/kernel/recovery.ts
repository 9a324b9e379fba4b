import type { Clock } from '../../../rig/model/time.ts';
import type { Rule } from './nft-table.ts';
import { familyOf } from './packet-rules.ts';
import { type SocketAddress, ssFilter, type TcpState, tcpStates } from './tcp-state.ts';

/** How often the kernel is asked, and for how long, wall ms: TCP works in wall time, whatever the bench's clock does. */
const LOOK_WALL_MS = 50;
const LONGEST_WALL_MS = 130_000;

/** What became of bytes that a fault kept from arriving. */
export interface Recovery {
  readonly terminal: SocketAddress;
  readonly how: 'recovered' | 'given up' | 'unknown';
  readonly detail: string;
}

/** Connections of the rig's port to the terminal that have bytes unacknowledged. */
export async function waitingConnections(port: number): Promise<readonly TcpState[]> {
  return (await tcpStates(['sport', '=', `:${port}`])).filter(({ unacknowledged }) => unacknowledged > 0);
}

/** Rules that count who ended a connection with an RST: the terminal's kernel (`arriving`) or the rig (`leaving`). */
export const resetCounters = ({ remote }: TcpState): readonly Rule[] => [
  {
    chain: 'arriving',
    text: `${familyOf(remote.address)} saddr ${remote.address} tcp sport ${remote.port} tcp flags & rst == rst counter`,
  },
  {
    chain: 'leaving',
    text: `${familyOf(remote.address)} daddr ${remote.address} tcp dport ${remote.port} tcp flags & rst == rst counter`,
  },
];

/**
 * Watches one connection after a heal until its bytes were acknowledged, or it is gone. TCP does not forget bytes that it
 * still owes: a connection that is gone without an RST was acknowledged and closed in order between two looks; one that
 * the terminal's kernel reset had nobody left who would take them.
 * @param resets RSTs counted since the heal, by the chain of {@link resetCounters}; undefined when they cannot be read
 */
export async function watchRecovery(
  at: TcpState,
  clock: Clock,
  signal: AbortSignal,
  resets: () => Promise<{ readonly arriving: number; readonly leaving: number } | undefined>,
): Promise<Recovery> {
  const from = clock.now();
  const deadline = Date.now() + LONGEST_WALL_MS;
  const terminal = at.remote;
  let last = at;
  while (Date.now() < deadline && !signal.aborted) {
    const [now] = await tcpStates(ssFilter(at.local, at.remote));
    const seen = `seen ${Math.round(clock.now() - from)} ms after the heal`;
    if (now?.unacknowledged === 0 && now.state !== 'CLOSE')
      return {
        terminal,
        how: 'recovered',
        detail: `all ${at.unacknowledged} bytes were acknowledged, TCP having sent segments again ${now.retransmissions} times, ${seen}`,
      };
    if (!now) return { terminal, ...goneBy(await resets(), last, seen) };
    last = now;
    await pause(LOOK_WALL_MS, signal);
  }
  return {
    terminal,
    how: 'unknown',
    detail: `${last.unacknowledged} bytes were still under way when the rig stopped looking`,
  };
}

/** What the end of a connection says about the bytes that it still owed at the last look. */
export function goneBy(
  resets: { readonly arriving: number; readonly leaving: number } | undefined,
  last: Pick<TcpState, 'unacknowledged'>,
  seen: string,
): Pick<Recovery, 'how' | 'detail'> {
  const bytes = `${last.unacknowledged} bytes`;
  if (resets === undefined || resets.leaving > 0)
    return {
      how: 'unknown',
      detail: `the rig ended the connection before its ${bytes} were acknowledged, ${seen}`,
    };
  if (resets.arriving > 0)
    return {
      how: 'given up',
      detail: `the terminal had given the connection up: it answered the ${bytes} with an RST, ${seen}`,
    };
  return {
    how: 'recovered',
    detail: `the ${bytes} were acknowledged and the connection closed in order, ${seen}`,
  };
}

const pause = (wallMs: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(done, wallMs);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
