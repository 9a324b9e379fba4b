import type { ValueShape } from '../../rig/bench/label-set.ts';
import type { Profile } from '../../rig/bench/profile.ts';
import { columnsOfText } from '../codec/escpos/columns.ts';
import { type FoundLabel, type LabelFinder, labelFinder } from './labels.ts';
import { currencyAmount, folded, hiddenPanIn, isWholly, valueAtStart } from './shapes.ts';

type Layout = Pick<Profile['receipt'], 'fields' | 'shapes' | 'headings' | 'currencies' | 'columns'>;

/** Fields by name, with the lines on which label and value stand. */
export interface ReadFields {
  readonly fields: Readonly<Record<string, string>>;
  readonly fieldLines: Readonly<Record<string, readonly number[]>>;
  /** Other values than the first of a field. */
  readonly repeats: Readonly<Record<string, readonly Repeat[]>>;
}

interface Repeat {
  readonly value: string;
  readonly lines: readonly number[];
}

/** More of them say nothing new. */
/** An amount with its decimals and nothing else. */
const BARE_AMOUNT = /^-?\d[\d.,' ]*[.,]\d{2}$/;
const REPEATS_MAX = 20;

/** A rule across the paper: no value. */
const RULE = /^[\s\p{P}\p{S}]*$/u;
/** A label that no set knows: nothing behind its colon but room to write. */
const ANOTHER_LABEL = /:[\s_.]*$/;
/** A value that runs over several lines takes no more of them. */
const WRAPS_MAX = 4;
/** Blanks between label and value above which the value is set apart, and does not wrap. */
const APART = 3;

const finders = new WeakMap<object, LabelFinder>();

function finderOf(layout: Layout): LabelFinder {
  const finder = finders.get(layout) ?? labelFinder(layout.fields, layout.shapes);
  finders.set(layout, finder);
  return finder;
}

/** The fields whose labels stand on a line. */
export const labelsIn = (line: string, layout: Layout): readonly string[] =>
  finderOf(layout)(line).map(({ field }) => field);

/**
 * The fields of a slip. A value stands behind its label, or below it; what fills the line goes on below. What needs no
 * label is read where no label gave it: an amount behind its currency, a card number with hidden digits, date and time, a
 * heading that names the transaction.
 * @param isHeading whether a line marks a copy or a reprint: such a line is no value
 */
export function readFields(
  lines: readonly string[],
  layout: Layout,
  isHeading: (line: number) => boolean,
): ReadFields {
  const reading = new Reading(lines, layout, isHeading);
  for (let i = 0; i < lines.length; i++) reading.line(i);
  reading.unlabelled();
  reading.derived();
  return {
    fields: Object.fromEntries(reading.fields),
    fieldLines: Object.fromEntries(reading.places),
    repeats: Object.fromEntries(reading.repeats),
  };
}

class Reading {
  readonly fields = new Map<string, string>();
  readonly places = new Map<string, readonly number[]>();
  readonly repeats = new Map<string, Repeat[]>();
  readonly #lines: readonly string[];
  readonly #layout: Layout;
  readonly #find: LabelFinder;
  readonly #isHeading: (line: number) => boolean;
  readonly #taken = new Set<number>();

  constructor(lines: readonly string[], layout: Layout, isHeading: (line: number) => boolean) {
    this.#lines = lines;
    this.#layout = layout;
    this.#find = finderOf(layout);
    this.#isHeading = isHeading;
  }

  /** The labels of one line, with their values there and below. */
  line(i: number): void {
    if (this.#isHeading(i)) return;
    const labels = this.#labelsIn(this.#lines[i] ?? '');
    const empty = labels.filter(({ value }) => value === '');
    for (const label of labels) {
      const wrapped = label === labels.at(-1) ? this.#wrapped(label, i) : undefined;
      this.#note(label.field, wrapped?.value ?? label.value, wrapped?.at ?? [i]);
    }
    if (empty.length === 0) return;
    const below = this.#below(i, empty, labels[0]?.field);
    for (const [place, { field }] of empty.entries()) {
      this.#note(field, below.values[place] ?? '', [i, ...below.at]);
    }
  }

  /** The labels of a line. A total without a number is none: it is the name of a transaction. */
  #labelsIn(line: string): FoundLabel[] {
    return this.#find(line).filter(
      ({ field, value }) => value !== '' || this.#layout.shapes[field] !== 'totals',
    );
  }

  /** What stands without a label, where no label has given it. */
  unlabelled(): void {
    const { currencies, headings, shapes } = this.#layout;
    // Only layouts that know shapes ask for it: labels alone promise nothing about what stands without one.
    if (Object.keys(shapes).length === 0) return;
    const types = Object.values(headings).flat().map(headingOf);
    for (const [i, line] of this.#lines.entries()) {
      const text = line.trim();
      if (text === '' || this.#taken.has(i) || this.#isHeading(i)) continue;
      const pan = hiddenPanIn(text);
      if (pan !== undefined) this.#note('pan', pan, [i]);
      else if (currencyAmount(text, currencies)) {
        // Behind a label that no set knows it is the value of that.
        if (!this.fields.get('amount') || !ANOTHER_LABEL.test(folded(this.#lines[i - 1] ?? '').trimEnd()))
          this.#note('amount', text, [i]);
      } else if (isWholly(text, 'date-time') && /[:时時]/u.test(folded(text)))
        this.#note('date-time', text, [i]);
      else if (text.split(/[/|]/).every((part) => types.includes(headingOf(part))))
        this.#note('type', text, [i]);
    }
  }

  /** Fields that stand on slips in parts: date and time, count and amount of a total, an amount that is only totalled. */
  derived(): void {
    this.#joined('date-time', ['date', 'time']);
    if (!this.fields.get('amount') && this.fields.get('total') && !this.fields.get('tip')) {
      this.#note('amount', this.fields.get('total') ?? '', this.places.get('total') ?? []);
    }
    for (const [field, shape] of Object.entries(this.#layout.shapes)) {
      const value = shape === 'totals' ? this.fields.get(field) : undefined;
      if (value === undefined) continue;
      const [, count, amount] = /^(\d+)(?:\s?笔)?\s+(.*)$/u.exec(folded(value)) ?? [];
      const at = this.places.get(field) ?? [];
      this.fields.delete(field);
      this.places.delete(field);
      if (count === undefined || amount === undefined) {
        // The count may stand in a line of its own.
        if (currencyAmount(value, this.#layout.currencies) || BARE_AMOUNT.test(folded(value)))
          this.#note(`${field}-total`, value, at);
        continue;
      }
      this.#note(`${field}-count`, count, at);
      this.#note(`${field}-total`, amount, at);
    }
  }

  #note(field: string, value: string, at: readonly number[]): void {
    const first = this.fields.get(field);
    if (first) {
      const more = this.repeats.get(field) ?? [];
      if (value !== '' && value !== first && more.length < REPEATS_MAX)
        this.repeats.set(field, [...more, { value, lines: at }]);
      return;
    }
    this.fields.set(field, value);
    this.places.set(field, at);
    for (const line of at) this.#taken.add(line);
  }

  #joined(whole: string, parts: readonly [string, string]): void {
    const values = parts.map((part) => this.fields.get(part) ?? '');
    if (this.fields.get(whole) || values.some((value) => value === '')) return;
    const at = [...new Set(parts.flatMap((part) => this.places.get(part) ?? []))];
    this.fields.delete(whole);
    this.#note(whole, values.join(' '), at);
  }

  /** A value that fills its line and goes on below. */
  #wrapped(
    { field, value, gap }: FoundLabel,
    i: number,
  ): { value: string; at: readonly number[] } | undefined {
    const shape = this.#layout.shapes[field];
    if (shape === undefined || value === '' || gap > APART) return undefined;
    let whole = value;
    const at = [i];
    while (at.length < WRAPS_MAX) {
      const last = at.at(-1) ?? i;
      const next = this.#lines[last + 1] ?? '';
      const more = this.#continuation(last + 1, next, shape);
      if (!this.#full(this.#lines[last] ?? '', next) || more === undefined) break;
      whole += (shape === 'text' ? joint(whole, more) : '') + more;
      at.push(last + 1);
    }
    return at.length > 1 ? { value: whole, at } : undefined;
  }

  /** What of a line can be the rest of a value of this shape. */
  #continuation(i: number, line: string, shape: ValueShape): string | undefined {
    const text = line.trim();
    if (text === '' || RULE.test(text) || this.#isHeading(i) || this.#find(line).length > 0) {
      return shape === 'pan' && /^[*•●#\d ]+$/u.test(folded(text)) && text !== '' ? text : undefined;
    }
    if (shape === 'text')
      return folded(text).includes(':') || currencyAmount(text, this.#layout.currencies) ? undefined : text;
    if (shape === 'hex') return /^[0-9A-F ]+$/i.test(text) ? text : undefined;
    if (shape === 'pan') return /^[\d*xX•●#\- ]+$/.test(folded(text)) ? text : undefined;
    if (shape === 'number') return /^\d+$/.test(folded(text)) ? text : undefined;
    return undefined;
  }

  /** A line is full when its last word, or the first of the next one, does not fit any more. */
  #full(line: string, next: string): boolean {
    const first = /^\s*(\p{Script=Han}|[^\s\p{Script=Han}]+)/u.exec(next)?.[1] ?? '';
    const room = this.#layout.columns - columnsOfText(line.trimEnd());
    return room <= 1 || (room < 6 && room < columnsOfText(first));
  }

  /** Values on the line below labels that stand there without any: one for each label, or none. */
  #below(
    at: number,
    labels: readonly FoundLabel[],
    field: string | undefined,
  ): { readonly values: readonly string[]; readonly at: readonly number[] } {
    const lines = this.#lines;
    let next = at + 1;
    while (next < lines.length && lines[next]?.trim() === '') next++;
    const printed = lines[next] ?? '';
    const line = printed.trim();
    const below = this.#labelsIn(line);
    // The label in another language on a line of its own: its value is ours, and is found when that line is read.
    if (below[0] && below[0].field === field) return NOTHING;
    if (below.length > 0 || RULE.test(folded(line).replace(/[*•●#]/g, 'x')) || this.#isHeading(next))
      return NOTHING;
    if (labels.length > 1) {
      const values = this.#cells(printed, labels);
      return values ? { values, at: [next] } : NOTHING;
    }
    const shape = this.#layout.shapes[labels[0]?.field ?? ''];
    if (shape !== undefined && (valueAtStart(line, shape) === 0 || ANOTHER_LABEL.test(folded(line))))
      return NOTHING;
    // A value that fills the paper goes on below.
    let value = line;
    const taken = [next];
    for (let last = printed; columnsOfText(last) >= this.#layout.columns - 1; ) {
      last = lines[++next] ?? '';
      if (RULE.test(last) || this.#find(last).length > 0 || this.#isHeading(next)) break;
      if (shape !== undefined && this.#continuation(next, last, shape) === undefined) break;
      value += last.trim();
      taken.push(next);
    }
    return { values: [value], at: taken };
  }

  /** Values in the columns of their labels: as many as there are labels, or each nearest to its own. */
  #cells(line: string, labels: readonly FoundLabel[]): readonly string[] | undefined {
    const fits = (values: readonly string[]) =>
      values.every((value, i) => {
        const shape = this.#layout.shapes[labels[i]?.field ?? ''];
        return value === '' || shape === undefined || valueAtStart(value, shape) > 0;
      });
    const text = line.trim();
    const wide = text.split(/\s{2,}/);
    const cells = [wide, text.split(/\s+/)].find((candidate) => candidate.length === labels.length);
    if (cells) return fits(cells) ? cells : undefined;
    const values = labels.map(() => '');
    for (const match of line.matchAll(/\S+(?:\s\S+)*/g)) {
      const [start, end] = [match.index, match.index + match[0].length];
      const far = labels.map((label) => Math.min(Math.abs(label.start - start), Math.abs(label.end - end)));
      const nearest = far.indexOf(Math.min(...far));
      if (values[nearest] !== '') return undefined;
      values[nearest] = match[0];
    }
    return fits(values) ? values : undefined;
  }
}

const NOTHING = { values: [], at: [] } as const;

const headingOf = (text: string) =>
  folded(text)
    .replace(/[^\p{L}\p{N}]/gu, '')
    .toUpperCase();

/** Words of two lines are kept apart; what was cut in the middle is not. */
const joint = (before: string, after: string) =>
  /[A-Za-z,.]$/.test(before) && /^[A-Za-z]/.test(after) ? ' ' : '';
