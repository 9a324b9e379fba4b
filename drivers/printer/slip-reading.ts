import type { ValueShape } from '../../rig/bench/label-set.ts';
import { asNumber } from '../../rig/model/look-alikes.ts';
import {
  CONFIDENCE_MIN,
  type PaperBox,
  type Receipt,
  type ReceiptRun,
  type SlipReading,
} from '../../rig/model/receipt.ts';
import { isWholly } from './shapes.ts';

const bare = (text: string) => text.replace(/\s/g, '');

/** A slip as it was read: a place for each line, and the fields with the lines on which they stand. */
interface ReadLines {
  readonly boxes: readonly (PaperBox | undefined)[];
  readonly fields: Readonly<Record<string, string>>;
  readonly fieldLines: Readonly<Record<string, readonly number[]>>;
  /** What values look like, by field. */
  readonly shapes: Readonly<Record<string, ValueShape>>;
  /** Whether a line marks a copy or a reprint. */
  readonly isHeading: (line: number) => boolean;
}

/** What is no value as it was read, or stands where one may be: no more is certain than this. */
const MISTAKEN = 40;

/** How sure the values of a slip are, by the runs that stand on their lines; undefined when no run was read from a picture. */
export function readingOf(receipt: Receipt, slip: ReadLines): SlipReading | undefined {
  const { boxes, fields, fieldLines } = slip;
  const read = receipt.runs.filter(({ confidence }) => confidence !== undefined);
  if (read.length === 0) return receipt.unread && isMostlyPictures(receipt) ? UNREAD : undefined;
  const sure: Record<string, number> = {};
  // Of a picture of dots the dots are kept beside what was read.
  const isPhoto = receipt.images.length === 0;
  for (const [field, value] of Object.entries(fields)) {
    const lines = (fieldLines[field] ?? []).flatMap((line) => boxes[line] ?? []);
    const runs = numberOf(
      runsOfValue(
        read.filter((run) => lines.some((box) => within(run, box))),
        bare(value),
      ),
    );
    // A label without a value is as sure as its line, and as what stands below.
    const values =
      value === '' ? [...runs.map(confidenceOf), ...sureBelow(slip, field, read)] : runs.map(confidenceOf);
    const mistaken = value !== '' && mayBeMistaken(value, slip.shapes[field], isPhoto);
    if (values.length > 0) sure[field] = Math.min(...values, ...(mistaken ? [MISTAKEN] : []));
  }
  const letters = (runs: readonly ReceiptRun[]) => runs.reduce((sum, { text }) => sum + bare(text).length, 0);
  const good = read.filter(({ confidence = 100 }) => confidence >= CONFIDENCE_MIN);
  return { fields: sure, legible: letters(good) / Math.max(1, letters(read)) };
}

/** No value of its shape; or, in a photo, a code with letters that a blurred digit looks like: either may be the other. */
function mayBeMistaken(value: string, shape: ValueShape | undefined, isPhoto: boolean): boolean {
  if (shape === undefined || shape === 'text') return false;
  return (
    !isWholly(value, shape) ||
    (isPhoto && shape === 'code' && /[A-Z]/i.test(value) && asNumber(value) !== value)
  );
}

const confidenceOf = ({ confidence = 100 }: ReceiptRun) => confidence;

/** How sure it is that the line below a label is not its value: text there that belongs to nothing may be one, misread. */
function sureBelow(slip: ReadLines, field: string, read: readonly ReceiptRun[]): number[] {
  const last = Math.max(...(slip.fieldLines[field] ?? [-1]));
  const below = (line: number) => {
    const box = slip.boxes[line];
    return box ? read.filter((run) => within(run, box)) : [];
  };
  let next = last + 1;
  while (next < slip.boxes.length && below(next).length === 0) next++;
  const runs = below(next).filter(({ text }) => /[\p{L}\p{N}*\ufffd]/u.test(text));
  if (last < 0 || runs.length === 0) return [];
  const known = slip.isHeading(next) || Object.values(slip.fieldLines).some((lines) => lines.includes(next));
  return [...runs.map(confidenceOf), ...(known ? [] : [MISTAKEN])];
}

/** Nothing of the slip is known. */
const UNREAD: SlipReading = { fields: {}, legible: 0 };

/** A slip with a logo is still a slip of text; one whose text is a picture is not. */
function isMostlyPictures({ runs, images }: Receipt): boolean {
  const area = (boxes: readonly { readonly width: number; readonly height: number }[]) =>
    boxes.reduce((sum, { width, height }) => sum + width * height, 0);
  return area(images.filter(({ character }) => character === undefined)) > area(runs);
}

const within = (run: ReceiptRun, box: PaperBox) =>
  run.y < box.y + box.height &&
  run.y + run.height > box.y &&
  run.x < box.x + box.width &&
  run.x + run.width > box.x;

/** Of a card number, masked or not, what counts are its digits; readers take the letter behind it (how it was entered) for anything. */
function numberOf(runs: readonly ReceiptRun[]): readonly ReceiptRun[] {
  const number = runs.filter(({ text }) => /[\d*]/.test(text));
  const length = number.reduce((sum, { text }) => sum + (text.match(/[\d*]/g)?.length ?? 0), 0);
  return length >= CARD_NUMBER_MIN && runs.length - number.length === 1 ? number : runs;
}
const CARD_NUMBER_MIN = 12;

/** The runs that spell the value, from its end: labels stand before values. All of the line if they spell it nowhere. */
function runsOfValue(runs: readonly ReceiptRun[], value: string): readonly ReceiptRun[] {
  if (value === '') return runs;
  for (let end = runs.length; end > 0; end--) {
    let text = '';
    for (let from = end - 1; from >= 0; from--) {
      text = bare(runs[from]?.text ?? '') + text;
      // The label and the value may be one word: `NO:30001001`.
      if (text.endsWith(value)) return runs.slice(from, end);
      if (!value.endsWith(text)) break;
    }
  }
  return runs;
}
