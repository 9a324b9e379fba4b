import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Counters } from './chip.ts';

/**
 * Transaction counters in a file, so that a card goes on counting when the bench is started again on the same state
 * folder. A file that is missing or damaged is a box of new cards.
 */
export function countersIn(file: string): Counters {
  const counters = new Map(Object.entries(read(file)));
  return {
    next: (cardId) => {
      const next = ((counters.get(cardId) ?? 0) % 0xffff) + 1;
      counters.set(cardId, next);
      writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(counters)));
      renameSync(`${file}.new`, file);
      return next;
    },
  };
}

function read(file: string): Readonly<Record<string, number>> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof parsed !== 'object' || parsed === null) return {};
    const isCount = (entry: [string, unknown]): entry is [string, number] =>
      Number.isInteger(entry[1]) && Number(entry[1]) >= 0;
    return Object.fromEntries(Object.entries(parsed).filter(isCount));
  } catch {
    return {};
  }
}

/** Counters that begin at 1 and are forgotten. */
export function countersInMemory(): Counters {
  const counters = new Map<string, number>();
  return {
    next: (cardId) => {
      const next = ((counters.get(cardId) ?? 0) % 0xffff) + 1;
      counters.set(cardId, next);
      return next;
    },
  };
}
