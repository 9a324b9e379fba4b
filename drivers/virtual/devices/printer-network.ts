import { connect, type Socket } from 'node:net';
import type { Clock } from '../../../rig/model/time.ts';
import type { TerminalBody } from '../terminal/body.ts';

/** DLE EOT: a question after the state of the printer, answered at once by one that is not busy. */
const ASKS = [0x10, 0x04] as const;
const XON = Uint8Array.of(0x11);
const XOFF = Uint8Array.of(0x13);

/** A printer that has not answered for so long is busy, nominal ms; what is printed waits. */
const BUSY_AFTER = 1000;
/** A connection that nothing was printed on for so long is given up, nominal ms. */
const IDLE = 30_000;
/** A printer that cannot be reached in this time is not there, nominal ms. */
const REACH = 5000;
/** What may wait for a connection, bytes; no slip is longer. */
const WAITING_MAX = 1 << 20;

/**
 * A terminal without a printer of its own prints to one in the network: it connects when a slip comes, stays connected for
 * a while, and hangs up when it loses power. What there is no printer for is lost, as paper that nobody put in.
 * The returned function ends it.
 */
export function attachNetworkPrinter(
  to: { readonly host: string; readonly port: number },
  terminal: Pick<TerminalBody, 'onPrinterBytes' | 'printerReceives' | 'onScreen'>,
  clock: Clock,
): () => void {
  let socket: Socket | undefined;
  let waiting: Uint8Array[] = [];
  let size = 0;
  let busy = false;
  const timers = { idle: () => {}, asked: () => {}, reach: () => {} };

  const goOn = () => {
    timers.asked();
    if (busy) terminal.printerReceives(XON);
    busy = false;
  };
  const hangUp = (how: 'end' | 'destroy') => {
    for (const stop of Object.values(timers)) stop();
    socket?.[how]();
    socket = undefined;
    waiting = [];
    size = 0;
    goOn();
  };
  const dial = (): Socket => {
    const dialled = connect({ ...to, noDelay: true });
    const current = () => socket === dialled;
    dialled.on('error', () => {});
    dialled.once('connect', () => {
      timers.reach();
      if (!current()) return;
      for (const bytes of waiting) dialled.write(bytes);
      waiting = [];
      size = 0;
    });
    dialled.on('data', (bytes) => {
      if (!current()) return;
      goOn();
      terminal.printerReceives(bytes);
    });
    dialled.once('close', () => {
      if (current()) hangUp('destroy');
    });
    timers.reach();
    timers.reach = clock.after(REACH, () => {
      if (current() && dialled.connecting) hangUp('destroy');
    });
    return dialled;
  };

  terminal.onPrinterBytes((bytes) => {
    socket ??= dial();
    if (!socket.connecting) socket.write(bytes);
    else if (size + bytes.length <= WAITING_MAX) {
      waiting.push(bytes);
      size += bytes.length;
    }
    timers.idle();
    timers.idle = clock.after(IDLE, () => hangUp('end'));
    if (bytes[0] !== ASKS[0] || bytes[1] !== ASKS[1]) return;
    timers.asked();
    timers.asked = clock.after(BUSY_AFTER, () => {
      busy = true;
      terminal.printerReceives(XOFF);
      // One that is busy keeps its connection; the terminal itself says when it has waited enough.
      timers.idle();
    });
  });
  terminal.onScreen((screen) => {
    if (!screen.lit && socket) hangUp('destroy');
  });
  return () => hangUp('destroy');
}
