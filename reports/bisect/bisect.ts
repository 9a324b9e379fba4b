/** What one look at a firmware showed. `unknown`: the rig could not tell, or the firmware could not be installed. */
export type Seen = 'good' | 'bad' | 'unknown';

/** One firmware that was looked at. */
export interface Look<T> {
  readonly index: number;
  readonly item: T;
  readonly seen: Seen;
}

export interface Bisection<T> {
  /** Every look, in the order in which it was taken. */
  readonly looks: readonly Look<T>[];
  /** The newest that is known to be good, and the oldest that is known to be bad. */
  readonly lastGood: T | undefined;
  readonly firstBad: T | undefined;
  /** Between those two; each could not be told. Empty when the change is exactly at `firstBad`. */
  readonly between: readonly T[];
  /** Why there is no answer; undefined when there is one. */
  readonly why?: string;
}

/**
 * Finds where an ordered list, oldest first, turns from good to bad: both ends are looked at, then always the middle of what
 * is open. An item that cannot be told is skipped, as `git bisect skip` does, and the nearest one beside it is looked at
 * instead; what stays open between the last good and the first bad is named. Looks at n items at most, normally log2(n) + 2.
 */
export async function bisect<T>(
  items: readonly T[],
  look: (item: T, index: number) => Promise<Seen>,
): Promise<Bisection<T>> {
  const looks: Look<T>[] = [];
  const seenAt = new Map<number, Seen>();
  const at = async (index: number): Promise<Seen> => {
    const known = seenAt.get(index);
    const item = items[index];
    if (known !== undefined || item === undefined) return known ?? 'unknown';
    const seen = await look(item, index);
    seenAt.set(index, seen);
    looks.push({ index, item, seen });
    return seen;
  };
  const none = (why: string): Bisection<T> => ({
    looks,
    lastGood:
      items[
        [...seenAt]
          .filter(([, seen]) => seen === 'good')
          .map(([i]) => i)
          .at(-1) ?? -1
      ],
    firstBad:
      items[
        [...seenAt]
          .filter(([, seen]) => seen === 'bad')
          .map(([i]) => i)
          .at(-1) ?? -1
      ],
    between: [],
    why,
  });
  // The newest first: when it is good there is nothing to look for.
  const bad = await nearestTold(items.length - 1, -1, -1, at);
  if (bad === undefined) return none('nothing could be told of any of them');
  if (seenAt.get(bad) === 'good')
    return none('the newest that could be told is good: there is nothing to look for');
  const good = await nearestTold(0, bad, 1, at);
  if (good === undefined || seenAt.get(good) === 'bad')
    return none('the oldest that could be told is bad already: the change is older than the list');
  let [low, high] = [good, bad];
  for (;;) {
    const open = Array.from({ length: high - low - 1 }, (_, i) => low + 1 + i).filter((i) => !seenAt.has(i));
    if (open.length === 0) break;
    const middle = (low + high) / 2;
    const next = open.reduce((best, i) => (Math.abs(i - middle) < Math.abs(best - middle) ? i : best));
    const seen = await at(next);
    if (seen === 'good') low = next;
    else if (seen === 'bad') high = next;
  }
  return { looks, lastGood: items[low], firstBad: items[high], between: items.slice(low + 1, high) };
}

/** The first of the list from `from` towards `end` that can be told; its index. */
async function nearestTold(
  from: number,
  end: number,
  by: 1 | -1,
  at: (index: number) => Promise<Seen>,
): Promise<number | undefined> {
  for (let index = from; index !== end; index += by) if ((await at(index)) !== 'unknown') return index;
  return undefined;
}

/**
 * What several runs with the same firmware say together. A failure once in a while is a failure, so that any bad run makes a
 * firmware bad; `majority` is for a defect that is known to come and go in both.
 */
export function together(seen: readonly Seen[], rule: 'any' | 'majority'): Seen {
  const [bad, good] = [
    seen.filter((one) => one === 'bad').length,
    seen.filter((one) => one === 'good').length,
  ];
  if (bad + good === 0) return 'unknown';
  if (rule === 'any') return bad > 0 ? 'bad' : 'good';
  return bad === good ? 'unknown' : bad > good ? 'bad' : 'good';
}
