import type { DriverContext } from '../../rig/bench/planes.ts';

/**
 * What a terminal tells its till of itself, for the display plane that has nothing else to see it by. The first line says
 * what it is (`state 0A …`, `result sale host 05 …`, `status 00 …`), further ones are texts that it sent along.
 */
export interface TillStatuses {
  /** Whether somebody has nothing but this to see the terminal by. */
  readonly wanted: boolean;
  watch(listener: (lines: readonly string[]) => void): void;
  tell(lines: readonly string[]): void;
  /** The till of the bench, once it is open and one that hears states. */
  readonly source: StatusSource | undefined;
  offer(source: StatusSource): void;
}

/** Asks the terminal for its state. `ordered`: an order is under way, and states come by themselves. Never rejects. */
export type StatusSource = () => Promise<readonly string[] | 'ordered' | 'silent'>;

const buses = new WeakMap<DriverContext['recorder'], TillStatuses>();

/** The states of the till of this bench; till and display plane of one bench have the same. */
export function tillStatuses({ recorder }: Pick<DriverContext, 'recorder'>): TillStatuses {
  const known = buses.get(recorder);
  if (known) return known;
  const bus = makeStatusBus();
  buses.set(recorder, bus);
  return bus;
}

/** A way for states from one till to whoever watches. */
export function makeStatusBus(): TillStatuses {
  const listeners: ((lines: readonly string[]) => void)[] = [];
  let source: StatusSource | undefined;
  return {
    get wanted() {
      return listeners.length > 0;
    },
    watch: (listener) => void listeners.push(listener),
    tell: (lines) => {
      for (const listener of listeners) listener(lines);
    },
    get source() {
      return source;
    },
    offer: (asked) => {
      source = asked;
    },
  };
}
