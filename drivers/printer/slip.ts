import type { Profile } from '../../rig/bench/profile.ts';
import { COPIES, type Copy, type Receipt, type ReceiptSource, type Slip } from '../../rig/model/receipt.ts';
import { placedLines } from '../codec/escpos/text-lines.ts';
import { readFields } from './slip-fields.ts';
import { readingOf } from './slip-reading.ts';

/** What the profile says about receipts: paper, labels, marks. */
export type ReceiptLayout = Profile['receipt'];

/** More lines than any slip has; of a longer one only so many are searched for fields and marks. */
const LINES_MAX = 2000;
/** Longer lines come only from text that is printed over itself. */
const LINE_MAX = 500;

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
  const marks = [...Object.values(layout.copies), layout.duplicate];
  const isHeading = (i: number) => marks.some((some) => isMark(headings[i] ?? '', some));
  const { fields, fieldLines, repeats } = readFields(searched, layout, isHeading);
  const boxes = placed.map(({ box }) => box);
  const reading = readingOf(receipt, { boxes, fields, fieldLines, shapes: layout.shapes, isHeading });
  return {
    copy: copyOf(headings, layout),
    duplicate: markLines.length > 0,
    markLines,
    fields,
    fieldLines,
    ...(Object.keys(repeats).length > 0 ? { repeats } : {}),
    lines,
    boxes,
    source,
    ...(reading ? { reading } : {}),
    receipt,
    at,
    artefacts: [],
  };
}

/** The lines that mark a copy, by their numbers. */
export function copyMarksIn(lines: readonly string[], layout: ReceiptLayout): readonly number[] {
  const marks = Object.values(layout.copies);
  return lines.flatMap((line, i) => {
    const heading = squeezed(line.slice(0, LINE_MAX));
    return marks.some((some) => isMark(heading, some)) ? [i] : [];
  });
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
