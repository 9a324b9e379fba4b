import { PERSONALITIES, type Personality } from './personality.ts';

/**
 * The receiving end of a Grbl controller: real-time bytes are picked out anywhere in the stream, also in mid-line; all
 * others go into a ring (128 bytes on Grbl) that the main loop empties line by line. Facts: Grbl 1.1 interface notes
 * (real-time commands, character counting) and its source (ring and line sizes).
 */

/** Bytes that act at once and never reach the line buffer. Unknown bytes above 0x7F are discarded. */
const REALTIME: Readonly<Record<number, Realtime>> = {
  63: 'status', // ?
  33: 'hold', // !
  126: 'resume', // ~
  24: 'reset', // Ctrl-X
  132: 'door', // 0x84
  133: 'jog-cancel', // 0x85
};
export type Realtime = 'status' | 'hold' | 'resume' | 'reset' | 'door' | 'jog-cancel';

/** A line as the main loop sees it: cleaned and in capitals, or too long. */
export type ReceivedLine = { readonly text: string } | { readonly overflow: true };

export type ReceiverSizes = Pick<Personality, 'ringSize' | 'lineSize' | 'pairsCrLf'>;

export interface Receiver {
  /** Stores bytes; a full ring loses them silently, as the hardware does. Real-time bytes are returned in order. */
  receive(bytes: Uint8Array): Realtime[];
  /** The next complete line, or undefined. */
  nextLine(): ReceivedLine | undefined;
  /** Forgets everything received. */
  clear(): void;
  /** Free bytes of the ring. */
  readonly free: number;
}

/**
 * @param sizes bytes of the ring; characters of a line after blanks and comments were dropped, one more is error 11;
 * whether CR LF ends one line (grblHAL) or two (Grbl)
 */
export function makeReceiver(sizes: ReceiverSizes = PERSONALITIES.grbl): Receiver {
  const { ringSize, lineSize, pairsCrLf } = sizes;
  let ring: number[] = [];
  let line = '';
  let overflow = false;
  let afterCr = false;
  let comment: 'none' | 'bracket' | 'rest' = 'none';

  const beginLine = () => {
    line = '';
    overflow = false;
    comment = 'none';
  };

  /** Takes one character of the current line: blanks, `/` and comments do not count. */
  const take = (char: string) => {
    if (comment !== 'none') {
      if (comment === 'bracket' && char === ')') comment = 'none';
    } else if (char <= ' ' || char === '/') {
      // blanks and block delete
    } else if (char === '(') comment = 'bracket';
    else if (char === ';') comment = 'rest';
    else if (line.length >= lineSize) overflow = true;
    else line += char.toUpperCase();
  };

  return {
    receive: (bytes) => {
      const found: Realtime[] = [];
      for (const byte of bytes) {
        const realtime = REALTIME[byte];
        if (realtime !== undefined) {
          // A reset empties the ring at once: what stood before it is lost with it.
          if (realtime === 'reset') {
            ring = [];
            beginLine();
          }
          found.push(realtime);
        } else if (byte < 0x80 && ring.length < ringSize) ring.push(byte);
      }
      return found;
    },
    nextLine: () => {
      for (let i = 0; i < ring.length; i++) {
        const byte = ring[i] ?? 0;
        const half = pairsCrLf && byte === 0x0a && afterCr;
        afterCr = byte === 0x0d;
        if (half) continue;
        if (byte !== 0x0a && byte !== 0x0d) {
          take(String.fromCharCode(byte));
          continue;
        }
        ring = ring.slice(i + 1);
        const received: ReceivedLine = overflow ? { overflow: true } : { text: line };
        beginLine();
        return received;
      }
      ring = []; // the unfinished line lives on in `line`
      return undefined;
    },
    clear: () => {
      ring = [];
      beginLine();
    },
    get free() {
      return ringSize - ring.length;
    },
  };
}
