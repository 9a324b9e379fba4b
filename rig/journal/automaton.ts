/**
 * One secret as it may appear in a sequence of symbols. `symbols` is the pattern, one ASCII character a symbol; symbols
 * `from` up to (not including) `to` are what must not be seen, the rest may stay.
 */
export interface Pattern {
  readonly symbols: string;
  readonly from: number;
  readonly to: number;
  readonly kind: 'pan' | 'hex' | 'base64' | 'pin' | 'pin-block';
}

/**
 * A set of patterns compiled for one pass over any input (Aho and Corasick, 1975). Symbols are small class numbers; 0 is
 * every symbol that no pattern uses. All tables are indexed by state; state 0 is the root.
 */
export interface Automaton {
  readonly patterns: readonly Pattern[];
  readonly classes: number;
  /** Class of an ASCII code, 0 for others. */
  readonly classOf: Uint8Array;
  /** `next[state * classes + class]`. */
  readonly next: Int32Array;
  /** 1 where at least one pattern ends. */
  readonly accepts: Uint8Array;
  readonly ending: readonly (readonly Pattern[])[];
  readonly depth: Uint16Array;
  /** How many of the last symbols may turn out to be secret once more symbols come. */
  readonly hold: Uint16Array;
  /** The same, for account numbers only: so many symbols of one that broke off are already too many to show. */
  readonly fragment: Uint16Array;
  /** Length of the longest pattern. */
  readonly longest: number;
}

interface Node {
  readonly to: Map<number, number>;
  readonly own: Pattern[];
  readonly depth: number;
  /** Smallest `from` of the patterns that go on beyond this node. */
  from: number;
  fragmentFrom: number;
}

const node = (depth: number): Node => ({
  to: new Map(),
  own: [],
  depth,
  from: Infinity,
  fragmentFrom: Infinity,
});

/** Compiles patterns; cost and size grow with their total length. */
export function compile(patterns: readonly Pattern[]): Automaton {
  const classOf = new Uint8Array(128);
  let classes = 1;
  for (const { symbols } of patterns) {
    for (const symbol of symbols) {
      const code = symbol.charCodeAt(0);
      if (classOf[code] === 0) classOf[code] = classes++;
    }
  }
  const nodes = [node(0)];
  for (const pattern of patterns) insert(nodes, pattern, classOf);

  const size = nodes.length;
  const next = new Int32Array(size * classes);
  const accepts = new Uint8Array(size);
  const depth = new Uint16Array(size);
  const hold = new Uint16Array(size);
  const fragment = new Uint16Array(size);
  const ending: (readonly Pattern[])[] = Array.from({ length: size }, () => []);
  const fail = new Int32Array(size);
  const queue = [0];
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head] ?? 0;
    const here = nodes[state] ?? node(0);
    const back = fail[state] ?? 0;
    depth[state] = here.depth;
    hold[state] = Math.max(state === 0 ? 0 : (hold[back] ?? 0), here.depth - here.from, 0);
    fragment[state] = Math.max(state === 0 ? 0 : (fragment[back] ?? 0), here.depth - here.fragmentFrom, 0);
    const all = state === 0 ? here.own : [...here.own, ...(ending[back] ?? [])];
    ending[state] = all;
    accepts[state] = all.length > 0 ? 1 : 0;
    for (let symbol = 0; symbol < classes; symbol++) {
      const fallback = state === 0 ? 0 : (next[back * classes + symbol] ?? 0);
      const child = here.to.get(symbol);
      next[state * classes + symbol] = child ?? fallback;
      if (child === undefined) continue;
      fail[child] = fallback;
      queue.push(child);
    }
  }
  const longest = Math.max(1, ...patterns.map(({ symbols }) => symbols.length));
  return { patterns, classes, classOf, next, accepts, ending, depth, hold, fragment, longest };
}

function insert(nodes: Node[], pattern: Pattern, classOf: Uint8Array): void {
  let at = 0;
  for (let i = 0; i < pattern.symbols.length; i++) {
    const here = nodes[at];
    if (!here) return;
    here.from = Math.min(here.from, pattern.from);
    if (pattern.kind !== 'pin' && pattern.kind !== 'pin-block')
      here.fragmentFrom = Math.min(here.fragmentFrom, pattern.from);
    const symbol = classOf[pattern.symbols.charCodeAt(i)] ?? 0;
    let child = here.to.get(symbol);
    if (child === undefined) {
      child = nodes.length;
      nodes.push(node(here.depth + 1));
      here.to.set(symbol, child);
    }
    at = child;
  }
  nodes[at]?.own.push(pattern);
}
