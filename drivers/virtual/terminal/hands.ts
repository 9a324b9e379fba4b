import type { EntryMode, TestCard } from '../../../rig/model/card.ts';
import type { PowerCycle } from './power-cycle.ts';
import type { TillRequest } from './till/request.ts';

/** What a person does at the terminal. */
export type HandEvent =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'card'; readonly entry: EntryMode; readonly card: TestCard }
  | { readonly type: 'card-removed' }
  /** The scanner has read a code, whatever it says. */
  | { readonly type: 'code'; readonly text: string }
  /** The till asks for an operation; taken only when the terminal is idle. */
  | { readonly type: 'till'; readonly request: TillRequest };

/** Presses made faster than the firmware reads them, up to this many, are kept: the type-ahead buffer. */
const TYPE_AHEAD = 16;

/** The firmware's side of keypad and card reader: one reader at a time, a short type-ahead buffer. */
export interface Hands {
  arrived(event: HandEvent): void;
  /** The next thing a person does, or `timeout` after `ms` nominal milliseconds of nothing (Infinity: never). */
  next(ms: number): Promise<HandEvent | 'timeout'>;
  /** Forgets what was done while nobody asked, e.g. keys pressed during a connection. */
  flush(): void;
}

/** Opens the input side for one power cycle. */
export function openHands(cycle: PowerCycle): Hands {
  const buffer: HandEvent[] = [];
  let waiting: ((event: HandEvent) => void) | undefined;
  return {
    arrived: (event) => {
      if (waiting) waiting(event);
      else if (buffer.length < TYPE_AHEAD) buffer.push(event);
    },
    next: (ms) =>
      new Promise((resolve, reject) => {
        cycle.assertPowered();
        const early = buffer.shift();
        if (early) return resolve(early);
        const settle = (event: HandEvent | 'timeout') => {
          waiting = undefined;
          cancelTimer();
          forget();
          resolve(event);
        };
        const cancelTimer = Number.isFinite(ms) ? cycle.after(ms, () => settle('timeout')) : () => undefined;
        const forget = cycle.onCut(() => reject(cycle.signal.reason));
        waiting = settle;
      }),
    flush: () => {
      buffer.length = 0;
    },
  };
}
