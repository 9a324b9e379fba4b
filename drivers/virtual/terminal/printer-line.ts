import { ASK_CAUSE, ASK_PAPER } from './escpos-writer.ts';
import type { PowerCycle } from './power-cycle.ts';

/** 8N1 takes ten bits a byte; bytes are handed to the line in pieces of about 50 ms. */
const BITS_PER_BYTE = 10;
const PIECE_MS = 50;

/** How long an answer to a status question is waited for, and how long a printer may hold the line (nominal ms). */
const STATUS_TIMEOUT = 2000;
const STOPPED_TIMEOUT = 60_000;
/** One that holds the line for longer than this is asked why (nominal ms). */
const ASK_WHY_AFTER = 1000;

const XON = 0x11;
const XOFF = 0x13;

/** Real-time status bytes have bits 1 and 4 set and bits 0 and 7 clear, so they cannot be XON or XOFF. */
const isStatus = (byte: number) => (byte & 0x93) === 0x12;
/** DLE EOT 4: bits 5 and 6 say that the paper has run out. */
const PAPER_END = 0x60;

/** DLE EOT 2: bits 2, 5 and 6 say that the cover is open, the paper has run out, and that the mechanism is in trouble. */
const CAUSES = [
  [0x04, 'cover'],
  [0x20, 'paper'],
  [0x40, 'trouble'],
] as const;

export type Paper = 'present' | 'out' | 'unknown';
/** Why a printer holds the line. */
export type Cause = (typeof CAUSES)[number][1];

/** The firmware's end of the printer line, for one power cycle. */
export interface PrinterLine {
  receives(bytes: Uint8Array): void;
  /** Asks for the paper sensor; `unknown` when nothing answers within two seconds. */
  paper(): Promise<Paper>;
  /**
   * Sends at line speed, honouring XOFF. Resolves to false if the printer holds the line for a minute. With `onHeld` one that
   * holds it is asked why; it is told the cause, if there is one, and then, with undefined, that the printer goes on.
   */
  send(bytes: Uint8Array, onHeld?: (cause: Cause | undefined) => void): Promise<boolean>;
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

  const asked = async (question: Uint8Array): Promise<number | undefined> => {
    const answer = within<number>(STATUS_TIMEOUT, (settle) => {
      onStatus = settle;
    });
    put(question);
    const status = await answer;
    onStatus = undefined;
    return status;
  };

  /** As `lineFree`; a printer that holds the line for long is asked why, once. */
  const freeAgain = async (onHeld?: (cause: Cause | undefined) => void): Promise<boolean> => {
    if (!onHeld) return lineFree();
    let free = false;
    let told = false;
    const freed = lineFree().then((ok) => {
      free = true;
      return ok;
    });
    const why = async () => {
      await cycle.sleep(ASK_WHY_AFTER);
      if (free) return;
      const status = await asked(ASK_CAUSE);
      const cause = CAUSES.find(([bit]) => ((status ?? 0) & bit) !== 0)?.[1];
      if (free || cause === undefined) return;
      told = true;
      onHeld(cause);
    };
    // Power that goes ends both; the line is what counts.
    await Promise.race([freed, why()]).catch(() => {});
    const ok = await freed;
    if (told) onHeld(undefined);
    return ok;
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
      const status = await asked(ASK_PAPER);
      if (status === undefined) return 'unknown';
      return (status & PAPER_END) === 0 ? 'present' : 'out';
    },
    send: async (bytes, onHeld) => {
      let sent = 0;
      let since = cycle.clock.now();
      let sentSince = 0;
      while (sent < bytes.length) {
        if (stopped) {
          if (!(await freeAgain(onHeld))) return false;
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
