import type { TestCard } from '../../rig/model/card.ts';
import type { Receipt, ReceiptImage } from '../../rig/model/receipt.ts';
import { Bitmap } from '../codec/escpos/render/bitmap.ts';
import { type PlacedLine, placedLines } from '../codec/escpos/text-lines.ts';
import { forbiddenContent } from './forbidden.ts';
import { copyMarksIn, type ReceiptLayout } from './slip.ts';
import { labelsIn } from './slip-fields.ts';

/*
 * A terminal with a tear bar and no cutter may print both copies one below the other without a pause: nothing in the bytes
 * says where one ends. What the paper says does: each copy has its mark, and each names terminal, card and amount once.
 */

/** Fields that a slip names once. */
const ONCE: ReadonlySet<string> = new Set([
  'merchant-id',
  'terminal-id',
  'pan',
  'batch',
  'stan',
  'rrn',
  'auth-code',
  'date-time',
  'date',
  'amount',
]);
/** So many of them a second time are another slip; fewer may be repeated for the reader's sake. */
const AGAIN_MIN = 3;
/** A gap that is more than the distance of two lines, dots. */
const GAP_MIN = 30;
/** More copies than that nobody prints at once; lines beyond are not searched. */
const [SLIPS_MAX, LINES_MAX] = [10, 2000];
const RULE = /^[\s\p{P}\p{S}]*$/u;

/**
 * The slips that stand on one piece of paper, from above: the receipt itself, unless copies with a mark each follow one
 * another. They part at the widest gap between the last line of one and the first of the next, or at the rule there. Card
 * data that only the whole paper shows keeps it whole.
 */
export function slipsOn(
  receipt: Receipt,
  layout: ReceiptLayout,
  cards: readonly TestCard[],
): readonly Receipt[] {
  if (
    receipt.runs.some(({ turn }) => turn !== undefined) ||
    receipt.images.some(({ turn }) => turn !== undefined)
  )
    return [receipt];
  const cuts = cutsIn(placedLines(receipt, layout.columns).slice(0, LINES_MAX), layout);
  if (cuts.length === 0) return [receipt];
  const parts = [0, ...cuts].map((from, i) => partOf(receipt, from, cuts[i] ?? receipt.height));
  const found = new Set(parts.flatMap((part) => forbiddenContent(part, cards)));
  return forbiddenContent(receipt, cards).every((kind) => found.has(kind)) ? parts : [receipt];
}

/** Where slips part, dots from the top. */
function cutsIn(lines: readonly PlacedLine[], layout: ReceiptLayout): number[] {
  const texts = lines.map(({ text }) => text);
  const marks = copyMarksIn(texts, layout);
  if (marks.length < 2) return [];
  const named = texts.map((text, i) =>
    marks.includes(i) ? [] : labelsIn(text, layout).filter((field) => ONCE.has(field)),
  );
  const cuts: number[] = [];
  let from = 0;
  while (cuts.length < SLIPS_MAX) {
    const again = firstAgain(named, from);
    const cut = again && cutBetween(lines, again.last, again.first);
    if (!again || !cut) break;
    // Both sides have a mark of their own.
    const above = marks.some((line) => line >= from && line < cut.line);
    if (!above || !marks.some((line) => line >= cut.line)) break;
    cuts.push(cut.y);
    from = cut.line;
  }
  return cuts;
}

/** The first line that names again what was named, if enough follows that was; and the last line before that names anything. */
function firstAgain(named: readonly (readonly string[])[], from: number) {
  const seen = new Set<string>();
  const again = new Set<string>();
  let [first, last] = [-1, from];
  for (let i = from; i < named.length && again.size < AGAIN_MIN; i++) {
    const fields = named[i] ?? [];
    if (first < 0 && fields.some((field) => seen.has(field))) first = i;
    if (first < 0) {
      for (const field of fields) seen.add(field);
      if (fields.length > 0) last = i;
    } else for (const field of fields) if (seen.has(field)) again.add(field);
  }
  return again.size >= AGAIN_MIN ? { first, last } : undefined;
}

/** The widest gap between two lines, or below a rule that stands between them. */
function cutBetween(
  lines: readonly PlacedLine[],
  last: number,
  first: number,
): { readonly line: number; readonly y: number } | undefined {
  let best: { readonly line: number; readonly y: number; readonly gap: number } | undefined;
  let rule: { readonly line: number; readonly y: number } | undefined;
  let bottom = bottomOf(lines[last]);
  for (let i = last + 1; i <= first; i++) {
    const { box, text = '' } = lines[i] ?? {};
    if (!box || bottom === undefined) continue;
    const gap = box.y - bottom;
    if (gap >= GAP_MIN && gap > (best?.gap ?? 0)) best = { line: i, y: Math.round(box.y - gap / 2), gap };
    if (i < first && RULE.test(text)) rule = { line: i + 1, y: box.y + box.height };
    bottom = Math.max(bottom, box.y + box.height);
  }
  return best ?? rule;
}

const bottomOf = (line: PlacedLine | undefined) => (line?.box ? line.box.y + line.box.height : undefined);

/** The part of a receipt between two heights. */
function partOf(receipt: Receipt, from: number, to: number): Receipt {
  const here = <B extends { readonly y: number }>(boxes: readonly B[]) =>
    boxes.filter(({ y }) => y >= from && y < to).map((box) => ({ ...box, y: box.y - from }));
  const { stored } = receipt;
  return {
    ...receipt,
    height: to - from,
    runs: here(receipt.runs),
    barcodes: here(receipt.barcodes),
    images: receipt.images.flatMap((image) => imagePart(image, from, to)),
    ...(stored ? { stored: here(stored) } : {}),
    unknown: from === 0 ? receipt.unknown : [],
  };
}

/** A slip that is printed as a picture comes as one for all copies. */
function imagePart(image: ReceiptImage, from: number, to: number): ReceiptImage[] {
  const [top, bottom] = [Math.max(from, image.y), Math.min(to, image.y + image.height)];
  if (top >= bottom) return [];
  if (bottom - top === image.height) return [{ ...image, y: image.y - from }];
  const dots = new Bitmap(image.width, image.height, image.bits);
  const { width, height, bits } = dots.cut(0, top - image.y, image.width, bottom - top);
  return [{ ...image, y: top - from, width, height, bits }];
}
