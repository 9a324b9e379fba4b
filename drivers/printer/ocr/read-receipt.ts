import type { Receipt, ReceiptImage } from '../../../rig/model/receipt.ts';
import { isNothingBut, picturedCodes } from '../../codec/escpos/drawn-codes.ts';
import { drawReceipt } from '../../codec/escpos/render/render.ts';
import { readDots } from './read-dots.ts';
import { runsOfWords } from './runs.ts';
import type { Tesseract } from './tesseract.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Smaller pictures hold no text that anybody could read; drawn characters are text already. */
const WIDTH_MIN = 48;
const HEIGHT_MIN = 12;
/** A raster slip comes in strips; more dots than two metres of paper have are not read. */
const DOTS_MAX = 16e6;

/** Whether a picture may be text; drawn characters and specks are not. */
export const canHoldText = ({ width, character }: ReceiptImage) =>
  character === undefined && width >= WIDTH_MIN;

/** Whether pictures stand on the receipt that may be text. */
export function hasPicturesOfText(receipt: Receipt): boolean {
  const codes = picturedCodes(receipt);
  const candidates = receipt.images.filter((image) => canHoldText(image) && !isNothingBut(image, codes));
  return (
    candidates.some(({ height }) => height >= HEIGHT_MIN) ||
    // Strips of a few dots that make up a picture together.
    candidates.reduce((sum, { height }) => sum + height, 0) >= 2 * HEIGHT_MIN
  );
}

/**
 * The receipt with what its pictures say as runs, each with a confidence; pictures stay. All pictures are read together,
 * since printers get them in strips. More paper than anybody prints is not read, and said to be `unread`.
 * @throws OCR_FAILED
 */
export async function readPictures(
  receipt: Receipt,
  tool: Tesseract,
  vocabulary?: Vocabulary,
): Promise<Receipt> {
  if (!hasPicturesOfText(receipt)) return receipt;
  if (receipt.width * receipt.height > DOTS_MAX) return { ...receipt, unread: true };
  const images = receipt.images.filter(canHoldText);
  const paper = drawReceipt({ ...receipt, runs: [], barcodes: [], stored: [], images });
  for (const { x, y, width, height } of picturedCodes(receipt)) paper.whiten(x, y, width, height);
  const words = await readDots(tool, paper);
  return words.length === 0
    ? receipt
    : { ...receipt, runs: [...receipt.runs, ...runsOfWords(words, vocabulary)] };
}
