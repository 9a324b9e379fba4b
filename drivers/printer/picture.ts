import type { TestCard } from '../../rig/model/card.ts';
import type { Receipt } from '../../rig/model/receipt.ts';
import { renderReceipt } from '../codec/escpos/render/render.ts';
import { placedLines } from '../codec/escpos/text-lines.ts';
import { maskReceipt } from './forbidden.ts';
import type { ReceiptLayout } from './slip.ts';

/** Paper shown above and below the place that a verdict is about, dots. */
const AROUND = 75;
/** Lines of text shown above and below. */
const NEIGHBOURS = 2;
/** Of a verdict about many lines only the first are shown. */
const LINES_MAX = 12;

/** A place on the paper for a verdict: cropped to it and framed, drawn from the masked receipt. PNG at 203 dpi. */
export function pictureOf(
  receipt: Receipt,
  layout: ReceiptLayout,
  cards: readonly TestCard[],
  lines: readonly number[],
): Buffer {
  const masked = maskReceipt(receipt, cards);
  const placed = placedLines(masked, layout.columns);
  const highlight = lines.slice(0, LINES_MAX).flatMap((line) => placed[line]?.box ?? []);
  if (highlight.length === 0) return renderReceipt(masked);
  const top = Math.max(0, Math.min(...highlight.map(({ y }) => y)) - AROUND);
  const bottom = Math.max(...highlight.map(({ y, height }) => y + height)) + AROUND;
  return renderReceipt(masked, {
    highlight,
    crop: { x: 0, y: top, width: masked.width, height: bottom - top },
  });
}

/** The same place as text: lines that the verdict is about begin with `> `, their neighbours with two blanks. */
export function excerptOf(
  receipt: Receipt,
  layout: ReceiptLayout,
  cards: readonly TestCard[],
  lines: readonly number[],
): readonly string[] {
  if (lines.length === 0) return [];
  const placed = placedLines(maskReceipt(receipt, cards), layout.columns);
  const wanted = new Set(lines.slice(0, LINES_MAX));
  const near = (i: number) => [...wanted].some((line) => Math.abs(line - i) <= NEIGHBOURS);
  return placed.flatMap(({ text }, i) => {
    if (!near(i) || (text === '' && !wanted.has(i))) return [];
    const line = text.replace(/[\p{Cc}\p{Cf}]/gu, '·').slice(0, 200);
    return [`${wanted.has(i) ? '> ' : '  '}${line}`];
  });
}
