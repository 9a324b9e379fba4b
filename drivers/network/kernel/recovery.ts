import type { Clock } from '../../../rig/model/time.ts';
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

/**
 * Watches one connection after a heal until its bytes have arrived by TCP retransmission, or it is gone because the
 * terminal had given it up: one of both happens, and the journal is to say which.
 */
export async function watchRecovery(at: TcpState, clock: Clock, signal: AbortSignal): Promise<Recovery> {
  const from = clock.now();
  const deadline = Date.now() + LONGEST_WALL_MS;
  const terminal = at.remote;
  let last = at;
  while (Date.now() < deadline && !signal.aborted) {
    const [now] = await tcpStates(ssFilter(at.local, at.remote));
    const after = `${Math.round(clock.now() - from)} ms after the heal`;
    if (!now || now.state === 'TIME-WAIT')
      return {
        terminal,
        how: 'given up',
        detail: `the terminal had given the connection up: its ${last.unacknowledged} bytes never arrived, seen ${after}`,
      };
    if (now.unacknowledged === 0) {
      return {
        terminal,
        how: 'recovered',
        detail: `all ${at.unacknowledged} bytes were acknowledged, TCP having sent segments again ${now.retransmissions} times, seen ${after}`,
      };
    }
    last = now;
    await pause(LOOK_WALL_MS, signal);
  }
  return {
    terminal,
    how: 'unknown',
    detail: `${last.unacknowledged} bytes were still under way when the rig stopped looking`,
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
