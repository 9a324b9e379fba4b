import { prefixOf, recognise } from '../codec/escpos/commands.ts';
import type { Tee } from '../transport/tee.ts';

/**
 * Commands that carry dots, and the byte at which the dots begin: what stands before it says how large the picture is.
 * Of `FS q` and `ESC &`, whose sizes stand between the dots, only the beginning is told.
 */
const DOTS_FROM: Readonly<Record<string, number>> = {
  'GS v': 8,
  'GS Q': 8,
  'GS *': 4,
  'GS D': 15,
  'GS ( L': 15,
  'GS 8 L': 17,
  'ESC *': 5,
  'DC2 *': 4,
  'ESC &': 5,
  'FS q': 3,
  'FS 2': 4,
};
const CARRIERS = Object.entries(DOTS_FROM).map(([id, from]) => ({ prefix: prefixOf(id), from }));

/** Why dots are not in the journal, as its events say. */
export const DOTS_WITHHELD = 'dots of a picture';

/** A tee that writes down what a printer gets, without the dots of pictures. */
export interface PrinterTee extends Tee {
  /** A receipt is over: a command that was never finished ends here, as it does for the decoder. */
  receiptOver(): void;
}

/**
 * The raw capture of a printer's line as it may be kept. A card number that is drawn is found only once the picture has
 * been read, if then; dots are therefore never kept as they came, only how many bytes there were and how large the picture
 * was. The picture itself is kept with the slip, masked. No hash stands for the dots: with the printer's font at hand, the
 * few digits that a masked number hides could be tried until it fits.
 */
export function withoutDots(tee: Tee): PrinterTee {
  /** The command that has begun and is not complete, and how many bytes are needed to say more of it. */
  let held = new Uint8Array(64);
  let used = 0;
  let needed = 0;
  /** Where in that command dots begin. */
  let dotsFrom = Number.POSITIVE_INFINITY;

  const reset = (kept: Uint8Array) => {
    held.set(kept);
    used = kept.length;
    needed = used > 0 ? used + 1 : 0;
    dotsFrom = Number.POSITIVE_INFINITY;
  };
  const hold = (bytes: Uint8Array) => {
    if (used + bytes.length > held.length) {
      const grown = new Uint8Array((used + bytes.length) * 2);
      grown.set(held.subarray(0, used));
      held = grown;
    }
    held.set(bytes, used);
    used += bytes.length;
  };
  /** Looks at what is held: complete or meaningless bytes are let go, of an unfinished command is known how much it needs. */
  const look = () => {
    while (used > 0) {
      const bytes = held.subarray(0, used);
      if ((bytes[0] ?? 0) >= 0x20) {
        reset(bytes.slice(1));
        continue;
      }
      const found = recognise(bytes);
      if (found.state === 'incomplete') {
        needed = found.length;
        const carrier = CARRIERS.find(({ prefix }) => prefix.every((byte, i) => bytes[i] === byte));
        dotsFrom = carrier?.from ?? Number.POSITIVE_INFINITY;
        return;
      }
      reset(bytes.slice(found.length));
    }
  };

  return {
    ...tee,
    bytes(dir, chunk) {
      if (dir === 'out') {
        tee.bytes(dir, chunk);
        return;
      }
      let plainFrom = 0;
      let at = 0;
      while (at < chunk.length) {
        if (used === 0) {
          if ((chunk[at] ?? 0) >= 0x20) {
            at++;
            continue;
          }
          needed = 1;
        }
        // Never over the place where dots begin: before it is told, behind it is not.
        const until = used < dotsFrom ? Math.min(needed, dotsFrom) : needed;
        const taken = chunk.subarray(at, at + Math.max(1, until - used));
        const isDots = used >= dotsFrom;
        if (isDots) {
          if (at > plainFrom) tee.bytes('in', chunk.subarray(plainFrom, at));
          tee.withheld('in', taken.length, DOTS_WITHHELD);
          plainFrom = at + taken.length;
        }
        hold(taken);
        at += taken.length;
        if (used >= needed || used === dotsFrom) look();
      }
      if (at > plainFrom) tee.bytes('in', plainFrom === 0 ? chunk : chunk.subarray(plainFrom));
    },
    receiptOver: () => reset(new Uint8Array(0)),
  };
}
