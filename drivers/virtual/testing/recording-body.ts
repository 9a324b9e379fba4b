import type { TerminalBody, VisibleScreen } from '../terminal/body.ts';

/** A terminal without firmware, for tests of what stands around it: it records everything that touches it. */
export interface RecordingBody extends TerminalBody {
  /** In order: `down 5`, `up 5`, `card in debit-1`, `power off`, … */
  readonly touches: readonly string[];
  show(screen: VisibleScreen): void;
  print(bytes: Uint8Array): void;
  readonly printerInput: readonly Uint8Array[];
}

/**
 * @param showsTouches its display shows the latest touches, so that somebody outside the process can see them
 */
export function makeRecordingBody(showsTouches = false): RecordingBody {
  const touches: string[] = [];
  const screens: ((screen: VisibleScreen) => void)[] = [];
  const printers: ((bytes: Uint8Array) => void)[] = [];
  const printerInput: Uint8Array[] = [];
  let screen: VisibleScreen = { lit: false, lines: ['', '', '', ''] };
  let powered = false;
  const show = (next: VisibleScreen) => {
    screen = next;
    for (const listener of screens) listener(screen);
  };
  const touch = (what: string) => {
    touches.push(what);
    if (showsTouches) show({ lit: true, lines: touches.slice(-4) });
  };
  return {
    touches,
    printerInput,
    show,
    print: (bytes) => {
      for (const listener of printers) listener(bytes);
    },
    power: (on) => {
      powered = on;
      touch(on ? 'power on' : 'power off');
    },
    get powered() {
      return powered;
    },
    keyDown: (key) => touch(`down ${key}`),
    keyUp: (key) => touch(`up ${key}`),
    cardInserted: (card) => touch(`card in ${card.id}`),
    cardRemoved: () => touch('card out'),
    cardSwiped: (card) => touch(`swipe ${card.id}`),
    cardTapped: (card) => touch(`tap ${card.id}`),
    scannerSees: (picture) =>
      touch(picture ? `scanner sees ${picture.width}x${picture.height}` : 'scanner sees nothing'),
    till: {
      state: 'idle',
      cycle: {},
      signedOn: true,
      request: () => false,
      cancel: () => touch('till cancels'),
      last: () => undefined,
      find: () => undefined,
      bug: () => false,
      holds: () => [],
      totals: () => ({ count: 0, minor: 0, from: undefined, to: undefined }),
      batch: () => [],
      identity: undefined,
    },
    get screen() {
      return screen;
    },
    onScreen: (listener) => {
      screens.push(listener);
    },
    onPrinterBytes: (listener) => {
      printers.push(listener);
    },
    printerReceives: (bytes) => {
      printerInput.push(Uint8Array.from(bytes));
      for (const listener of printers) listener(Buffer.from([0x12]));
    },
    destroy: async () => {},
  };
}
