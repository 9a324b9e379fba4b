import type { Clock } from '../../../rig/model/time.ts';
import type { TerminalBody } from '../../virtual/terminal/body.ts';
import type { TillTransaction } from '../../virtual/terminal/till/request.ts';
import type { AttachTill } from '../../virtual/till/till-port.ts';
import type { LinkStream } from '../stream.ts';

/** A terminal that takes its time, approves everything, and keeps a book: what a host would have. */
export function paperTerminal(clock: Clock) {
  const book: TillTransaction[] = [];
  let busy = false;
  const till: TerminalBody['till'] = {
    get state() {
      return busy ? ('busy' as const) : ('idle' as const);
    },
    cycle: {},
    signedOn: true,
    bug: () => false,
    request: ({ operation, amount = 0, onScreen, onResult, onOver }) => {
      if (busy) return false;
      busy = true;
      onScreen(['SALE', '', 'INSERT/SWIPE/TAP']);
      clock.after(3000, () => onScreen(['SALE', '', 'ENTER PIN']));
      clock.after(6000, () => onScreen(['SALE', 'WAITING']));
      clock.after(9000, () => {
        const stan = String(book.length + 1).padStart(6, '0');
        const made: TillTransaction = {
          kind: operation === 'void' ? 'void' : 'sale',
          stan,
          time: `202603011011${stan.slice(-2)}`,
          entry: 'chip',
          amount,
          authCode: `A${stan.slice(1)}`,
          rrn: `000000${stan}`,
          maskedPan: '622202******0128',
        };
        book.push(made);
        onResult({ done: true, transaction: made });
      });
      clock.after(11_000, () => {
        busy = false;
        onOver();
      });
      return true;
    },
    cancel: () => {},
    last: () => book.at(-1),
    batch: () => book,
    identity: { terminalId: '30001001', merchantId: '898320400000001' },
    find: (digits) => book.find(({ stan }) => stan.endsWith(digits)),
    holds: () => [],
    totals: () => ({ count: book.length, minor: 0, from: undefined, to: undefined }),
  };
  return { till, book };
}

/** A wire between a till and a terminal, with nothing real on it. A serial one stays; each TCP connection is its own. */
export function paperWire(
  serial: boolean,
  terminal: Pick<TerminalBody, 'till'>,
  clock: Clock,
  attach: AttachTill,
) {
  let toTill: (bytes: Uint8Array) => void = () => {};
  let toTerminal: (bytes: Uint8Array) => void = () => {};
  let unplug = () => {};
  const plug = () => {
    unplug();
    let open = true;
    const end = attach(
      {
        serial,
        write: (bytes) => {
          if (open) toTill(bytes.slice());
        },
        onData: (listener) => {
          toTerminal = (bytes) => open && listener(bytes);
        },
      },
      terminal,
      clock,
    );
    unplug = () => {
      open = false;
      end();
    };
  };
  if (serial) plug();
  return async (): Promise<LinkStream> => {
    if (!serial) plug();
    let open = true;
    let over: (why: undefined) => void = () => {};
    const closed = new Promise<undefined>((resolve) => {
      over = resolve;
    });
    return {
      serial,
      write: (bytes) => {
        if (open) toTerminal(bytes.slice());
      },
      onData: (listener) => {
        toTill = (bytes) => {
          if (open) listener(bytes);
        };
      },
      closed,
      close: async () => {
        open = false;
        over(undefined);
      },
    };
  };
}
