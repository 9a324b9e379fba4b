/** Which row stands for which column, each once. */
export interface Assignment {
  /** Column of every row. */
  readonly columns: readonly number[];
  readonly total: number;
  /** By how much the next best assignment is worse: what separates certainty from guessing. */
  readonly margin: number;
}

/**
 * The assignment of rows to columns with the largest total score. A row that looks a little more like another column is
 * set right by the others: a shuffled pad has every digit once. By subsets (n · 2^n steps), n at most 12.
 * @param scores square, n rows of n columns
 */
export function assign(scores: readonly (readonly number[])[]): Assignment {
  const best = bestOf(scores);
  const next = best.columns.map((column, row) =>
    bestOf(scores.map((line, i) => (i === row ? line.map((s, j) => (j === column ? NEVER : s)) : line))),
  );
  const second = Math.max(...next.map(({ total }) => total));
  return { ...best, margin: scores.length < 2 ? Number.POSITIVE_INFINITY : best.total - second };
}

const NEVER = -1e9;

function bestOf(scores: readonly (readonly number[])[]): Omit<Assignment, 'margin'> {
  const n = scores.length;
  const totals = new Float64Array(1 << n).fill(Number.NEGATIVE_INFINITY);
  const taken = new Int8Array(1 << n);
  totals[0] = 0;
  for (let used = 0; used < 1 << n; used++) {
    const before = totals[used] ?? Number.NEGATIVE_INFINITY;
    const row = bits(used);
    if (row >= n || before === Number.NEGATIVE_INFINITY) continue;
    for (let column = 0; column < n; column++) {
      if (used & (1 << column)) continue;
      const after = used | (1 << column);
      const total = before + (scores[row]?.[column] ?? NEVER);
      if (total <= (totals[after] ?? 0)) continue;
      totals[after] = total;
      taken[after] = column;
    }
  }
  const columns: number[] = [];
  for (let used = (1 << n) - 1; used !== 0; ) {
    const column = taken[used] ?? 0;
    columns.unshift(column);
    used &= ~(1 << column);
  }
  return { columns, total: totals[(1 << n) - 1] ?? 0 };
}

function bits(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}
