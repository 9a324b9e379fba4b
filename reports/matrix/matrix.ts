import type { LedgerEntry, Settlement } from '../../rig/model/book.ts';
import type { Titles } from '../../rig/model/event.ts';
import type { Money } from '../../rig/model/money.ts';
import type { Verdict } from '../../rig/model/verdict.ts';

/** One run as a column: a model of terminal, and who began the operations. */
export interface Column {
  readonly profile: string;
  readonly title: string;
  readonly by: 'keypad' | 'till';
  readonly bench: string;
  readonly folder: string;
}

/** What a run says of one scenario. */
export interface Told {
  readonly id: string;
  readonly title: Titles;
  readonly verdict: Verdict;
  readonly reason?: string;
  /** What the acquirer booked and settled; undefined when its books were not closed. */
  readonly books: readonly string[] | undefined;
}

export interface Cell {
  readonly verdict: Verdict;
  readonly reason?: string;
  readonly books?: readonly string[];
  /** Which of the different books of its row these are, from 1; undefined without books. */
  readonly variant?: number;
}

export interface Row {
  readonly id: string;
  readonly title: Titles;
  /** A cell for every column; undefined where that run does not have the scenario. */
  readonly cells: readonly (Cell | undefined)[];
  /** `same`: all that passed booked the same; `differ`: not so; `alone`: fewer than two passed. */
  readonly books: 'same' | 'differ' | 'alone';
}

export interface Matrix {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly counts: Readonly<Record<Row['books'], number>>;
}

/** Scenarios against runs: what each showed, and whether all of them left the same books. */
export function matrixOf(runs: readonly (readonly [Column, readonly Told[]])[]): Matrix {
  const titles = new Map<string, Titles>();
  for (const [, told] of runs) for (const { id, title } of told) if (!titles.has(id)) titles.set(id, title);
  const rows = [...titles].map(([id, title]): Row => {
    const told = runs.map(([, all]) => all.find((one) => one.id === id));
    const variants: string[] = [];
    const cells = told.map((one): Cell | undefined => {
      if (!one) return undefined;
      const { verdict, reason, books } = one;
      const cell: Cell = { verdict, ...(reason === undefined ? {} : { reason }) };
      // Only what was proved can agree with anything.
      if (verdict !== 'passed' || books === undefined) return cell;
      const text = books.join('\n');
      if (!variants.includes(text)) variants.push(text);
      return { ...cell, books, variant: variants.indexOf(text) + 1 };
    });
    const kept = cells.filter((cell) => cell?.variant !== undefined).length;
    return { id, title, cells, books: variants.length > 1 ? 'differ' : kept > 1 ? 'same' : 'alone' };
  });
  const count = (books: Row['books']) => rows.filter((row) => row.books === books).length;
  return {
    columns: runs.map(([column]) => column),
    rows,
    counts: { same: count('same'), differ: count('differ'), alone: count('alone') },
  };
}

/**
 * The acquirer's books as lines that two terminals can have alike: what was asked and booked, what became of it, what was
 * settled. Without what is each terminal's own: numbers, times, codes that the acquirer draws.
 */
export function booksOf(
  ledger: readonly LedgerEntry[],
  settlements: readonly Settlement[],
): readonly string[] {
  const place = new Map(ledger.map(({ id }, i) => [id, i + 1]));
  return [
    ...ledger.map((entry) =>
      [
        entry.kind,
        money(entry.requested),
        ...(entry.booked && entry.booked.minor !== entry.requested.minor
          ? [`booked ${money(entry.booked)}`]
          : []),
        entry.state,
        ...(entry.of === undefined ? [] : [`of ${place.get(entry.of) ?? 'an earlier one'}`]),
        entry.responseCode ?? '',
        `in ${entry.region}`,
      ].join(' '),
    ),
    ...settlements.map(
      ({ claimed, counted, result, uploaded }) =>
        `settlement ${result}: claimed ${totals(claimed)}; counted ${totals(counted)}; ${uploaded.length} uploaded`,
    ),
  ];
}

const money = ({ minor, currency }: Money): string => `${minor} ${currency}`;

const totals = ({ debit, debitCount, credit, creditCount }: Settlement['claimed']): string =>
  `${debitCount} × ${debit.minor}, ${creditCount} × -${credit.minor}`;
