import type { Profile } from '../../rig/bench/profile.ts';
import { COPIES, type Copy, type Receipt, type ReceiptSource, type Slip } from '../../rig/model/receipt.ts';
import { columnsOfText } from '../codec/escpos/columns.ts';
import { placedLines } from '../codec/escpos/text-lines.ts';
import { type LabelFinder, labelFinder } from './labels.ts';
import { readingOf } from './slip-reading.ts';

/** What the profile says about receipts: paper, labels, marks. */
export type ReceiptLayout = Profile['receipt'];

/** More lines than any slip has; of a longer one only so many are searched for fields and marks. */
const LINES_MAX = 2000;
/** Longer lines come only from text that is printed over itself. */
const LINE_MAX = 500;
/** A rule across the paper: no value. */
const RULE = /^[\s\p{P}\p{S}]*$/u;

/**
 * Reads a receipt with the label sets of the terminal's profile. A value stands behind its label on the same line (after
 * a colon or blanks), or on the next; a label may be given in several languages at once. A field whose label is printed
 * without a value is the empty string; the first value of a field counts.
 * @param at nominal time of the receipt's first byte
 */
export function readSlip(
  receipt: Receipt,
  layout: ReceiptLayout,
  at: number,
  source: ReceiptSource = 'printer',
): Slip {
  const placed = placedLines(receipt, layout.columns);
  const lines = placed.map(({ text }) => text);
  const searched = lines.slice(0, LINES_MAX).map((line) => line.slice(0, LINE_MAX));
  const headings = searched.map(squeezed);
  const markLines = headings.flatMap((line, i) => (isMark(line, layout.duplicate) ? [i] : []));
  const { fields, fieldLines } = readFields(searched, finderOf(layout), layout.columns);
  const boxes = placed.map(({ box }) => box);
  const reading = readingOf(receipt, boxes, fields, fieldLines);
  return {
    copy: copyOf(headings, layout),
    duplicate: markLines.length > 0,
    markLines,
    fields,
    fieldLines,
    lines,
    boxes,
    source,
    ...(reading ? { reading } : {}),
    receipt,
    at,
    artefacts: [],
  };
}

const finders = new WeakMap<ReceiptLayout, LabelFinder>();

function finderOf(layout: ReceiptLayout): LabelFinder {
  const finder = finders.get(layout) ?? labelFinder(layout.fields);
  finders.set(layout, finder);
  return finder;
}

/** The copy that the first mark names. */
function copyOf(lines: readonly string[], layout: ReceiptLayout): Copy {
  for (const line of lines) {
    const copy = COPIES.find((candidate) => isMark(line, layout.copies[candidate] ?? NO_MARKS));
    if (copy) return copy;
  }
  return 'other';
}

/** Without blanks and case: headings are often spaced out. */
const squeezed = (text: string) => text.normalize('NFKC').replace(/\s/g, '').toUpperCase();

const NO_MARKS: readonly string[] = [];
const soughtMarks = new WeakMap<readonly string[], readonly string[]>();

/** Marks as they are looked for; a layout's lists are never changed. */
function soughtIn(marks: readonly string[]): readonly string[] {
  let sought = soughtMarks.get(marks);
  if (!sought) {
    sought = marks.map(squeezed).filter((mark) => mark !== '');
    soughtMarks.set(marks, sought);
  }
  return sought;
}

/**
 * Whether a squeezed line is one of these marks. A mark is a heading: at least half of the line's letters are its own.
 * `SETTLEMENT DATE: 0412` and `DUPLICATE TRANSMISSION` are no marks.
 */
function isMark(text: string, marks: readonly string[]): boolean {
  let rest = text;
  for (const mark of soughtIn(marks)) rest = rest.replaceAll(mark, '');
  if (rest === text) return false;
  const letters = (value: string) => value.replace(/[^\p{L}\p{N}]/gu, '').length;
  return letters(rest) * 2 <= letters(text) && !/:./.test(text);
}

function readFields(
  lines: readonly string[],
  find: LabelFinder,
  columns: number,
): Required<Pick<Slip, 'fields' | 'fieldLines'>> {
  const fields = new Map<string, string>();
  const places = new Map<string, readonly number[]>();
  const note = (field: string, value: string, at: readonly number[]) => {
    if (fields.get(field)) return;
    fields.set(field, value);
    places.set(field, at);
  };
  lines.forEach((line, i) => {
    const labels = find(line);
    const empty = labels.filter(({ value }) => value === '');
    for (const { field, value } of labels) note(field, value, [i]);
    if (empty.length === 0) return;
    const below = valuesBelow(lines, i, find, columns, empty.length, labels[0]?.field);
    for (const [place, { field }] of empty.entries())
      note(field, below.values[place] ?? '', [i, ...below.at]);
  });
  return { fields: Object.fromEntries(fields), fieldLines: Object.fromEntries(places) };
}

const NOTHING = { values: [], at: [] } as const;

/** Values on the line below labels that stand there without any: one for each label, or none. */
function valuesBelow(
  lines: readonly string[],
  at: number,
  find: LabelFinder,
  columns: number,
  count: number,
  field: string | undefined,
): { readonly values: readonly string[]; readonly at: readonly number[] } {
  let next = at + 1;
  while (next < lines.length && lines[next]?.trim() === '') next++;
  const line = lines[next]?.trim() ?? '';
  const labels = find(line);
  // The label in another language on a line of its own: its value is ours, and is found when that line is read.
  if (labels[0] && labels[0].field === field) return NOTHING;
  if (labels.length > 0 || RULE.test(line)) return NOTHING;
  if (count > 1) {
    const cells = [line.split(/\s{2,}/), line.split(/\s+/)].find((candidate) => candidate.length === count);
    return { values: cells ?? [], at: cells ? [next] : [] };
  }
  // A value that fills the paper goes on below.
  let value = line;
  const taken = [next];
  for (let last = lines[next] ?? ''; columnsOfText(last) >= columns - 1; ) {
    last = lines[++next] ?? '';
    if (RULE.test(last) || find(last).length > 0) break;
    value += last.trim();
    taken.push(next);
  }
  return { values: [value], at: taken };
}
