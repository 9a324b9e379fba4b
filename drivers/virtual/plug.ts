import { openPseudoTerminal, type PseudoTerminal } from './pty.ts';

/** A device's end of its line, which can be pulled and plugged in again: the device lives on, its port has another path. */
export interface Plug extends Pick<PseudoTerminal, 'write' | 'onData'> {
  /** Pulls the cable. */
  unplug(): void;
  /** Pulls it and plugs it in again. */
  replug(): void;
  /** Unplugs for good and waits for what is under way. */
  close(): Promise<void>;
}

/** @param first the line as it is plugged in at the start */
export function plugged(first: PseudoTerminal): Plug {
  let line: PseudoTerminal | undefined = first;
  let closed = false;
  let turn: Promise<unknown> = Promise.resolve();
  const listeners: ((bytes: Uint8Array) => void)[] = [];
  const next = (act: () => Promise<void>) => {
    turn = turn.then(act).catch(() => {}); // no line can be had: it stays unplugged
    return turn;
  };
  const pull = async () => {
    const pulled = line;
    line = undefined;
    await pulled?.close();
  };
  return {
    write: (bytes) => line?.write(bytes),
    onData: (listener) => {
      listeners.push(listener);
      line?.onData(listener);
    },
    unplug: () => void next(pull),
    replug: () =>
      void next(async () => {
        await pull();
        const again = await openPseudoTerminal();
        if (closed) return again.close();
        line = again;
        for (const listener of listeners) line.onData(listener);
      }),
    close: async () => {
      closed = true;
      await next(pull);
    },
  };
}
