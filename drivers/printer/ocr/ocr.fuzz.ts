import assert from 'node:assert/strict';
import type { FuzzTask } from '../../../rig/house/fuzz-task.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { looksLike } from '../../../rig/model/look-alikes.ts';
import { CONFIDENCE_MIN, type Receipt, type ReceiptImage } from '../../../rig/model/receipt.ts';
import { Bitmap } from '../../codec/escpos/render/bitmap.ts';
import { maskReceipt } from '../forbidden.ts';
import { readSlip } from '../slip.ts';
import { layoutFor } from '../slip-layout.ts';
import { asPicture, receiptOf } from '../testing/raster.ts';
import { type OddSlip, oddSlip } from './odd-slips.ts';
import { readPictures } from './read-receipt.ts';
import { vocabularyOfLayout } from './reader.ts';
import { findTesseract } from './tesseract.ts';

/** Reading a picture takes seconds: each counts as so many inputs. */
const WEIGHT = 50_000;
/** What the process may hold more after all pictures than after the first ones, bytes. */
const GROWTH_MAX = 256 * 1024 * 1024;

/** A small generator of numbers that the same seed repeats (Mulberry32). */
function numbers(seed: number) {
  let state = seed >>> 0;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000) * below);
  };
}
type Below = ReturnType<typeof numbers>;

const PAPER = 384;
const LETTERS = [...'0123456789ABCDEFXYZ*:.-/ 金额卡号终端参考商户存根签购单'];

/** Dots of a kind: text, text with specks, noise, stripes, boxes, all black, all white. */
function dotsOf(below: Below): Bitmap {
  const kind = below(7);
  if (kind < 2) {
    const lines = Array.from({ length: 1 + below(8) }, () =>
      Array.from({ length: 1 + below(30) }, () => LETTERS[below(LETTERS.length)]).join(''),
    );
    const [image] = asPicture(receiptOf(`${lines.join('\n')}x\n`)).images;
    const dots = new Bitmap(image?.width ?? 8, image?.height ?? 8, image?.bits);
    for (let i = kind * below(2000); i > 0; i--) dots.blacken(below(dots.width), below(dots.height));
    return dots;
  }
  const dots = new Bitmap(1 + below(PAPER), 1 + below(kind === 2 ? 3000 : 400));
  if (kind === 2) for (let i = below(5000); i > 0; i--) dots.blacken(below(dots.width), below(dots.height));
  if (kind === 3) for (let i = 0; i < dots.bits.length; i++) dots.bits[i] = below(256);
  if (kind === 4)
    for (let x = 0; x < dots.width; x += 2 + below(40)) dots.fill(x, 0, 1 + below(20), dots.height);
  if (kind === 5)
    for (let i = below(60); i > 0; i--)
      dots.fill(below(PAPER), below(dots.height), 1 + below(40), 1 + below(40));
  if (kind === 6) dots.fill(0, 0, dots.width, dots.height);
  return dots;
}

function receiptFrom(below: Below): Receipt {
  let height = 0;
  const images = Array.from({ length: 1 + below(3) }, (): ReceiptImage => {
    const turn = ([undefined, 90, 180, 270] as const)[below(4)];
    // The dots themselves stand turned, or are turned by the printer.
    const dots = below(2) === 0 ? dotsOf(below).turned(turn) : dotsOf(below);
    const image = { x: below(40), y: height, width: dots.width, height: dots.height, bits: dots.bits };
    height += Math.max(dots.width, dots.height) + below(30);
    return below(4) === 0 && turn !== undefined ? { ...image, turn } : image;
  });
  return { ...receiptOf('x\n'), runs: [], images, height };
}

const LAYOUT = layoutFor([], 32);

const receiptOfDots = ({ width, height, bits }: Bitmap): Receipt => ({
  ...receiptOf('x\n'),
  runs: [],
  width: Math.max(PAPER, width),
  height,
  images: [{ x: 0, y: 0, width, height, bits }],
});

/** Of a value the reader may be unsure, or take characters for others that look alike; sure of another value it must not be. */
function neverSurelyWrong(read: Receipt, { fields }: OddSlip): void {
  const slip = readSlip(read, LAYOUT, 0);
  const plain = (text: string) => text.replace(/\s/g, '');
  for (const [field, printed] of Object.entries(fields)) {
    const value = slip.fields[field] ?? '';
    const sure = (slip.reading?.fields[field] ?? 0) >= CONFIDENCE_MIN;
    if (value === '' || !sure || plain(value) === plain(printed) || looksLike(value, printed)) continue;
    throw new Error(`sure of ${field} "${value}", which is "${printed}"`);
  }
}

/**
 * Reads random pictures on receipts, every third of them a slip in another type than ours: nothing may hang or crash, what
 * is read stands on paper with a place, a size and a confidence, no value is surely another, and memory stays what it was. Without tesseract there is nothing to try.
 */
export async function fuzz({ count, seed, progress }: Partial<FuzzTask> & Pick<FuzzTask, 'count' | 'seed'>) {
  const tool = await findTesseract();
  if (!tool) return { pictures: 0, words: 0 };
  const below = numbers(seed);
  const pictures = Math.max(1, Math.ceil(count / WEIGHT));
  let words = 0;
  let settled: number | undefined;
  for (let i = 0; i < pictures; i++) {
    const odd = i % 3 === 2 ? oddSlip(below) : undefined;
    const receipt = odd ? receiptOfDots(odd.dots) : receiptFrom(below);
    try {
      const read = await readPictures(receipt, tool, odd ? vocabularyOfLayout(LAYOUT) : undefined);
      if (odd) neverSurelyWrong(read, odd);
      words += read.runs.length;
      for (const { text, x, y, width, height, confidence = -1 } of read.runs) {
        assert.ok([x, y].every(Number.isFinite) && width >= 1 && height >= 1, 'a place is no place');
        assert.ok(confidence >= 0 && confidence <= 100 && text !== '', 'a word is no word');
      }
      assert.equal(maskReceipt(read, []).images.length, receipt.images.length);
    } catch (thrown) {
      // The reader itself may fail, and says so; its bounds on time and memory are part of that.
      if (!(thrown instanceof RigError) || thrown.code !== 'OCR_FAILED')
        throw new Error(`receipt ${i} of seed ${seed}: ${thrown instanceof Error ? thrown.message : thrown}`);
    }
    if (i === 40) settled = process.memoryUsage().rss;
    progress?.(Math.min(count, (i + 1) * WEIGHT));
  }
  const grown = settled === undefined ? 0 : process.memoryUsage().rss - settled;
  assert.ok(grown < GROWTH_MAX, `memory grew by ${grown} bytes`);
  return { pictures, words };
}
