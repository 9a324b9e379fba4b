import type { Socket } from 'node:net';
import { Deframer, type Dialect } from '../../codec/iso8583/index.ts';
import { type DialSetup, dial } from './host-dial.ts';
import type { PowerCycle } from './power-cycle.ts';

/** The terminal's line to its acquirer: at most one connection, one exchange at a time. */
export interface HostLink {
  readonly connected: boolean;
  /** True once connected; false when refused, unreachable or not done within the connect timer. */
  connect(): Promise<boolean>;
  /**
   * Sends a frame and offers every frame that arrives to `accept` until it gives something back. Undefined when the
   * response timer, started by the sending, runs out or the connection ends; the connection is closed then, so that a
   * late answer finds nobody.
   */
  exchange<Answer>(
    frame: Uint8Array,
    accept: (frame: Uint8Array) => Answer | undefined,
  ): Promise<Answer | undefined>;
  close(): void;
}

export interface LinkSetup {
  readonly address: { readonly host: string; readonly port: number };
  /** Absent: the address is dialled as it is, in plain TCP. */
  readonly host?: DialSetup | undefined;
  readonly dialect: Dialect;
  /** Nominal ms. */
  readonly timers: { readonly connect: number; readonly response: () => number };
}

interface Line {
  readonly socket: Socket;
  onFrame: (frame: Uint8Array) => void;
  onEnd: () => void;
}

/** A link for one power cycle; the cut destroys its socket in the same instant. */
export function openHostLink(cycle: PowerCycle, { address, host, dialect, timers }: LinkSetup): HostLink {
  let line: Line | undefined;

  const close = () => {
    line?.socket.destroy();
    line = undefined;
  };
  cycle.onCut(close);

  /** A promise that `settle` or the timer resolves, and the power cut rejects. */
  const until = <T>(ms: number, late: T, start: (settle: (value: T) => void) => void) =>
    new Promise<T>((resolve, reject) => {
      cycle.assertPowered();
      const settle = (value: T) => {
        cancelTimer();
        forget();
        resolve(value);
      };
      const cancelTimer = cycle.after(ms, () => settle(late));
      const forget = cycle.onCut(() => reject(cycle.signal.reason));
      start(settle);
    });

  /** Frames and the end of a socket go to whoever is waiting; a closed line tells nobody. */
  const attach = (socket: Socket): Line => {
    const opened: Line = { socket, onFrame: () => undefined, onEnd: () => undefined };
    const deframer = new Deframer(dialect);
    const end = () => {
      if (line !== opened) return;
      close();
      opened.onEnd();
    };
    socket.on('data', (chunk) => {
      for (const frame of deframer.push(chunk)) if (line === opened) opened.onFrame(frame);
    });
    socket.on('end', end);
    socket.on('close', end);
    return opened;
  };

  return {
    get connected() {
      return line !== undefined;
    },
    connect: async () => {
      close();
      const attempt = dial(address, host);
      const forget = cycle.onCut(() => attempt.abandon());
      const socket = await until<Socket | undefined>(timers.connect, undefined, (settle) => {
        void attempt.made.then(settle);
      });
      forget();
      if (!socket || socket.destroyed) {
        attempt.abandon();
        return false;
      }
      line = attach(socket);
      return true;
    },
    exchange: async (frame, accept) => {
      cycle.assertPowered();
      const used = line;
      if (!used) return undefined;
      const answer = await until<ReturnType<typeof accept>>(timers.response(), undefined, (settle) => {
        used.onFrame = (arrived) => {
          const accepted = accept(arrived);
          if (accepted !== undefined) settle(accepted);
        };
        used.onEnd = () => settle(undefined);
        used.socket.write(frame);
      });
      used.onFrame = () => undefined;
      used.onEnd = () => undefined;
      if (answer === undefined) close();
      return answer;
    },
    close,
  };
}
