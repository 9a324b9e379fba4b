import type { Port } from '../devices/line-device.ts';
import type { CableSite } from './line.ts';

const XON = Uint8Array.of(0x11);
const XOFF = Uint8Array.of(0x13);
/** DLE EOT: a question after the printer's state. */
const isQuestion = (bytes: Uint8Array) => bytes.length === 3 && bytes[0] === 0x10 && bytes[1] === 0x04;
/** An answer that tells of no trouble. */
const IN_ORDER = 0x12;
/** What a printer in trouble adds to its answers, by the number of the question (command reference of the TM family). */
const ANSWERS = {
  paper: { 1: 0x08, 2: 0x20, 4: 0x6c },
  cover: { 1: 0x08, 2: 0x04 },
  heat: { 1: 0x08, 2: 0x40, 3: 0x40 },
} as const satisfies Record<string, Readonly<Record<number, number>>>;
type Trouble = keyof typeof ANSWERS;

/** Bytes of receipts after which it happens: in the first receipt of a sale, or somewhat later. */
const INTO = { from: 120, count: 500 } as const;

/**
 * A printer on the line that is in trouble, while the rig listens in: it answers what its sensors say, and in the middle of a
 * receipt it stops the terminal (XOFF), for good or until it goes on by itself.
 */
export const inPrinter =
  (trouble: { readonly paper: 'out' } | { readonly stops: Trouble; readonly goesOnAfter?: number }) =>
  (port: Port, { clock, random }: CableSite): Port => {
    let state: Trouble | undefined = 'paper' in trouble ? 'paper' : undefined;
    let left = INTO.from + Math.floor(random.next() * INTO.count);
    let tell: (bytes: Uint8Array) => void = () => {};
    const stop = (stops: Trouble, goesOnAfter: number | undefined) => {
      state = stops;
      tell(XOFF);
      if (goesOnAfter === undefined) return;
      clock.after(goesOnAfter, () => {
        state = undefined;
        tell(XON);
      });
    };
    return {
      write: (bytes) => {
        if (state !== undefined && isQuestion(bytes)) {
          // What is asked in real time is answered at once, and is no part of a receipt.
          const more: Readonly<Record<number, number>> = ANSWERS[state];
          return tell(Uint8Array.of(IN_ORDER | (more[bytes[2] ?? 0] ?? 0)));
        }
        port.write(bytes);
        if (left > 0 && 'stops' in trouble) {
          left -= bytes.length;
          if (left <= 0) stop(trouble.stops, trouble.goesOnAfter);
        }
      },
      onData: (listener) => {
        tell = (bytes) => setImmediate(() => listener(bytes));
        port.onData(listener);
      },
    };
  };
