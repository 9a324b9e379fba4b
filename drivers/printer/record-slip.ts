import type { CapturedSlip, DriverContext } from '../../rig/bench/planes.ts';
import type { Receipt, ReceiptSource } from '../../rig/model/receipt.ts';
import { renderReceipt } from '../codec/escpos/render/render.ts';
import { renderSvg } from '../codec/escpos/svg.ts';
import { forbiddenContent, maskReceipt, suspectedContent } from './forbidden.ts';
import { readSlip } from './slip.ts';

/** A receipt that has come out, from wherever. */
export interface CapturedReceipt {
  readonly receipt: Receipt;
  /** Nominal time of its first byte. */
  readonly at: number;
  readonly source: ReceiptSource;
  /** Of the slips of this plane, from 1. */
  readonly number: number;
}

/**
 * Reads a receipt as a slip, looks for what must not stand on it, and writes it, masked, to the journal: its text, its
 * picture and what was found.
 */
export function recordSlip(
  { receipt, at, source, number }: CapturedReceipt,
  { recorder, profile: { receipt: layout }, cards }: Pick<DriverContext, 'recorder' | 'profile' | 'cards'>,
): CapturedSlip {
  const masked = maskReceipt(receipt, cards);
  const shown = readSlip(masked, layout, at, source);
  const picture = recorder.attach(`receipt-${number}`, 'image/svg+xml', renderSvg(masked));
  const text = recorder.attach(`receipt-${number}-text`, 'text/plain', `${shown.lines.join('\n')}\n`);
  const dots = recorder.attach(`receipt-${number}-dots`, 'image/png', renderReceipt(masked));
  const artefacts = [picture.id, text.id, dots.id];
  const forbidden = forbiddenContent(receipt, cards);
  const suspected = suspectedContent(receipt, cards, forbidden);
  const {
    receipt: _,
    boxes: __,
    fieldLines: ___,
    markLines: ____,
    repeats: _____,
    ...entry
  } = { ...shown, artefacts };
  recorder.record({
    type: 'receipt',
    slip: entry,
    width: receipt.width,
    height: receipt.height,
    forbidden,
  });
  // What was masked is read again as it really stands on the paper.
  const isClear = receipt.runs.every(({ text: printed }, i) => masked.runs[i]?.text === printed);
  const clear =
    forbidden.length === 0 && suspected.length === 0 && isClear
      ? { ...shown, receipt }
      : readSlip(receipt, layout, at, source);
  return { ...clear, artefacts, forbidden, ...(suspected.length > 0 ? { suspected } : {}) };
}
