import { writeFileSync } from 'node:fs';

/** One measured number. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is held against, measured in the same run. */
  readonly beside?: { readonly name: string; readonly value: number };
  /** How many times the other one's value it ought to be at least. */
  readonly atLeast?: number;
  /** How many times the other one's value it may be at most. */
  readonly atMost?: number;
}

export interface RateOptions {
  /** Rounds whose median counts; each measures every task once, in turn. Default 9. */
  readonly rounds?: number;
  /** CPU time of one task in one round, ms. Default 150. */
  readonly milliseconds?: number;
}

/** CPU time of this process, ms: other programs on the machine do not count. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/**
 * How often each task can be done in a second of CPU time: medians of several rounds, the tasks in turn, so that whatever
 * slows the machine slows them alike. The first round only warms up.
 */
export function rates<K extends string>(
  tasks: Readonly<Record<K, () => unknown>>,
  { rounds = 9, milliseconds = 150 }: RateOptions = {},
): Record<K, number> {
  const names = Object.keys(tasks) as K[];
  const found = new Map<K, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const rate = once(tasks[name], milliseconds);
      if (round > 0) found.get(name)?.push(rate);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(found.get(name) ?? [])])) as Record<K, number>;
}

function once(task: () => unknown, milliseconds: number): number {
  let done = 0;
  const start = cpuMs();
  for (let now = start; now - start < milliseconds; now = cpuMs()) {
    for (let i = 0; i < 250; i++) sink = task();
    done += 250;
  }
  return (done / (cpuMs() - start)) * 1000;
}

/** Keeps results alive, so that no work is optimised away. */
let sink: unknown;
export const lastResult = (): unknown => sink;

/** The middle one; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? 0) + high) / 2;
}

/** How a figure stands to what it is beside; undefined when it is beside nothing. */
export const ratioOf = ({ value, beside }: Figure): number | undefined =>
  beside === undefined ? undefined : value / beside.value;

/** False when a figure is not as many times its peer's as it ought to be, or more times than it may be. */
export function holds(figure: Figure): boolean {
  const { atLeast, atMost } = figure;
  const ratio = ratioOf(figure) ?? Number.NaN;
  return (atLeast === undefined || ratio >= atLeast) && (atMost === undefined || ratio <= atMost);
}

/** The figures as a table for people. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const ratio = ratioOf(figure);
    const { atLeast, atMost } = figure;
    const bound =
      atLeast !== undefined ? `at least ${atLeast}` : atMost !== undefined ? `at most ${atMost}` : '';
    const claim = bound === '' ? '' : ` (${bound}: ${holds(figure) ? 'yes' : 'NO'})`;
    return [
      figure.name,
      `${shown(figure.value)} ${figure.unit}`,
      figure.beside ? `${figure.beside.name} ${shown(figure.beside.value)}` : '',
      ratio === undefined ? '' : `${ratio.toFixed(1)} times${claim}`,
    ];
  });
  const widths = [0, 1, 2].map((i) => Math.max(0, ...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 1 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const shown = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);

/** Environment variable by which `npm run perf` tells a measurement where to leave its figures. */
export const FIGURES_FILE = 'POSRIG_FIGURES';

/** What a `*.perf.ts` does with its figures: prints them, and leaves them for `npm run perf` when it was started by that. */
export function report(figures: readonly Figure[]): void {
  process.stdout.write(`${table(figures)}\n`);
  const file = process.env[FIGURES_FILE];
  if (file) writeFileSync(file, JSON.stringify(figures));
}
