/**
 * Debouncing: a contact that has just moved is not believed again for this long (nominal ms). Metal domes bounce for
 * about 5 ms; two presses by a finger are at least 50 ms apart.
 */
const SETTLE_MS = 25;

export interface KeypadInput {
  down(key: string): void;
  up(key: string): void;
}

/**
 * Turns key contacts into presses: the first closing counts, bounces do not; holding a key does not repeat it; while
 * one key is held no other is taken (a finger across two keys must not enter both).
 */
export function keypadInput(now: () => number, press: (key: string) => void): KeypadInput {
  const lastEdge = new Map<string, number>();
  let held: string | undefined;
  return {
    down: (key) => {
      const settled = now() - (lastEdge.get(key) ?? Number.NEGATIVE_INFINITY) >= SETTLE_MS;
      lastEdge.set(key, now());
      if (held !== undefined) return;
      held = key;
      if (settled) press(key);
    },
    up: (key) => {
      lastEdge.set(key, now());
      if (held === key) held = undefined;
    },
  };
}
