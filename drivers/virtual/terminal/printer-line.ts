import { ASK_PAPER } from './escpos-writer.ts';
import type { PowerCycle } from './power-cycle.ts';

/** 8N1 takes ten bits a byte; bytes are handed to the line in pieces of about 50 ms. */
const BITS_PER_BYTE = 10;
const PIECE_MS = 50;

/** How long an answer to a status question is waited for, and how long a printer may hold the line (nominal ms). */
const STATUS_TIMEOUT = 2000;
const STOPPED_TIMEOUT = 60_000;

const XON = 0x11;
const XOFF = 0x13;

/** Real-time status bytes have bits 1 and 4 set and bits 0 and 7 clear, so they cannot be XON or XOFF. */
const isStatus = (byte: number) => (byte & 0x93) === 0x12;
/** DLE EOT 4: bits 5 and 6 say that the paper has run out. */
const PAPER_END = 0x60;

export type Paper = 'present' | 'out' | 'unknown';

/** The firmware's end of the printer line, for one power cycle. */
export interface PrinterLine {
  receives(bytes: Uint8Array): void;
  /** Asks for the paper sensor; `unknown` when nothing answers within two seconds. */
  paper(): Promise<Paper>;
  /** Sends at line speed, honouring XOFF. Resolves to false if the printer holds the line for a minute. */
  send(bytes: Uint8Array): Promise<boolean>;
}

/**
 * @param out where bytes leave the terminal
 * @param baud speed of the line; terminals that draw their slips have a fast one
 */
export function openPrinterLine(
  cycle: PowerCycle,
  out: (bytes: Uint8Array) => void,
  baud = 9600,
): PrinterLine {
  const bytesPerMs = baud / BITS_PER_BYTE / 1000;
  let stopped = false;
  let onStatus: ((byte: number) => void) | undefined;
  let onResume: (() => void) | undefined;

  const put = (bytes: Uint8Array) => {
    cycle.assertPowered();
    out(bytes);
  };

  /** Resolves with what `subscribe`'s callback is called with, or undefined after `ms`. */
  const within = <T>(ms: number, subscribe: (settle: (value: T) => void) => void) =>
    new Promise<T | undefined>((resolve, reject) => {
      cycle.assertPowered();
      const settle = (value: T | undefined) => {
        cancelTimer();
        forget();
        resolve(value);
      };
      const cancelTimer = cycle.after(ms, () => settle(undefined));
      const forget = cycle.onCut(() => reject(cycle.signal.reason));
      subscribe(settle);
    });

  const lineFree = async (): Promise<boolean> => {
    if (!stopped) return true;
    const resumed = await within<true>(STOPPED_TIMEOUT, (settle) => {
      onResume = () => settle(true);
    });
    onResume = undefined;
    return resumed === true;
  };

  return {
    receives: (bytes) => {
      for (const byte of bytes) {
        if (byte === XOFF) stopped = true;
        else if (byte === XON) {
          stopped = false;
          onResume?.();
        } else if (isStatus(byte)) onStatus?.(byte);
      }
    },
    paper: async () => {
      if (!(await lineFree())) return 'unknown';
      const answer = within<number>(STATUS_TIMEOUT, (settle) => {
        onStatus = settle;
      });
      put(ASK_PAPER);
      const status = await answer;
      onStatus = undefined;
      if (status === undefined) return 'unknown';
      return (status & PAPER_END) === 0 ? 'present' : 'out';
    },
    send: async (bytes) => {
      let sent = 0;
      let since = cycle.clock.now();
      let sentSince = 0;
      while (sent < bytes.length) {
        if (stopped) {
          if (!(await lineFree())) return false;
          since = cycle.clock.now();
          sentSince = 0;
        }
        // By elapsed time, not by ticks: a late timer must not make the line slower than it is.
        const due = Math.floor((cycle.clock.now() - since + PIECE_MS) * bytesPerMs) - sentSince;
        const piece = bytes.subarray(sent, sent + Math.max(1, due));
        put(piece);
        sent += piece.length;
        sentSince += piece.length;
        await cycle.sleep(PIECE_MS);
      }
      return true;
    },
  };
}
