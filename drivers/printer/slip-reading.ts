import {
  CONFIDENCE_MIN,
  type PaperBox,
  type Receipt,
  type ReceiptRun,
  type SlipReading,
} from '../../rig/model/receipt.ts';

const bare = (text: string) => text.replace(/\s/g, '');

/** How sure the values of a slip are, by the runs that stand on their lines; undefined when no run was read from a picture. */
export function readingOf(
  receipt: Receipt,
  boxes: readonly (PaperBox | undefined)[],
  fields: Readonly<Record<string, string>>,
  fieldLines: Readonly<Record<string, readonly number[]>>,
): SlipReading | undefined {
  const read = receipt.runs.filter(({ confidence }) => confidence !== undefined);
  if (read.length === 0) return receipt.unread && isMostlyPictures(receipt) ? UNREAD : undefined;
  const sure: Record<string, number> = {};
  for (const [field, value] of Object.entries(fields)) {
    const lines = (fieldLines[field] ?? []).flatMap((line) => boxes[line] ?? []);
    const runs = numberOf(
      runsOfValue(
        read.filter((run) => lines.some((box) => within(run, box))),
        bare(value),
      ),
    );
    // A label without a value is as sure as its line.
    if (runs.length > 0) sure[field] = Math.min(...runs.map(({ confidence = 100 }) => confidence));
  }
  const letters = (runs: readonly ReceiptRun[]) => runs.reduce((sum, { text }) => sum + bare(text).length, 0);
  const good = read.filter(({ confidence = 100 }) => confidence >= CONFIDENCE_MIN);
  return { fields: sure, legible: letters(good) / Math.max(1, letters(read)) };
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
