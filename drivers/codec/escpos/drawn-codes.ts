import type { PaperBox, Receipt, ReceiptBarcode, ReceiptImage } from '../../../rig/model/receipt.ts';
import { findQr } from '../qr/find.ts';
import { Bitmap } from './render/bitmap.ts';

/** Smaller pictures hold no QR code of two dots a module, which is the least that a phone reads from paper. */
const SIDE_MIN = 42;
/** Strips of one picture lie as close as this, dots. */
const GAP = 2;
/** Pictures that leave more of their common box white than they cover are not one. */
const COVERED_MIN = 0.5;
/** So many codes are looked for in one picture. */
const CODES_MAX = 8;
/** Dots that a capture may have looked at: at first, and for each of its bytes. What printers hold is printed with few bytes. */
const DOTS_AT_FIRST = 4e6;
const DOTS_PER_BYTE = 64;

/**
 * QR codes that the sender drew itself: many terminals and encoders send them as dots, since old printers have no command
 * for them. What they hold is read from the dots; the model has them as codes that are `pictured`.
 */
export class DrawnCodes {
  #looked = 0;

  /**
   * The receipt with the codes of its pictures behind all others.
   * @param sent bytes of the capture up to the end of the receipt
   */
  read(receipt: Receipt, sent: number): Receipt {
    const images = receipt.images.filter(({ character }) => character === undefined);
    if (images.length === 0) return receipt;
    const codes: ReceiptBarcode[] = [];
    // Codes that were printed one below the other without white between them are read one by one; then what is in strips.
    const strips: ReceiptImage[] = [];
    for (const image of images) {
      const box = boxOf(image);
      const own = isLargeEnough(box) ? this.#codesOf({ box, images: [image] }, sent) : [];
      if (own.length > 0) codes.push(...own);
      else strips.push(image);
    }
    for (const picture of joined(strips)) codes.push(...this.#codesOf(picture, sent));
    return codes.length === 0 ? receipt : { ...receipt, barcodes: [...receipt.barcodes, ...codes] };
  }

  #codesOf({ box, images }: Joined, sent: number): ReceiptBarcode[] {
    const dots = box.width * box.height;
    const codes: ReceiptBarcode[] = [];
    let paper: Bitmap | undefined;
    while (codes.length < CODES_MAX && this.#looked + dots <= DOTS_AT_FIRST + DOTS_PER_BYTE * sent) {
      this.#looked += dots;
      paper ??= drawn(box, images);
      const found = findQr(paper);
      if (!found) break;
      const { text, x, y, side, module, turn } = found;
      const place = { x: box.x + x, y: box.y + y, width: side, height: side };
      codes.push({
        ...place,
        symbology: 'qr',
        payload: text,
        module,
        pictured: true,
        ...(turn ? { turn } : {}),
      });
      paper.whiten(x, y, side, side);
    }
    return codes;
  }
}

/** Pictures that lie so close that they are one. */
interface Joined {
  readonly box: PaperBox;
  readonly images: readonly ReceiptImage[];
}

const isLargeEnough = ({ width, height }: PaperBox) => width >= SIDE_MIN && height >= SIDE_MIN;

/** Strips that make up pictures together. */
function joined(images: readonly ReceiptImage[]): Joined[] {
  const whole: { box: PaperBox; covered: number; images: ReceiptImage[] }[] = [];
  const inOrder = [...images].sort((a, b) => a.y - b.y || a.x - b.x);
  for (const image of inOrder) {
    const box = boxOf(image);
    const covered = box.width * box.height;
    const last = whole.at(-1);
    if (last && touch(last.box, box)) {
      const both = around(last.box, box);
      if (last.covered + covered >= COVERED_MIN * both.width * both.height) {
        last.box = both;
        last.covered += covered;
        last.images.push(image);
        continue;
      }
    }
    whole.push({ box, covered, images: [image] });
  }
  return whole.filter(({ box, images }) => images.length > 1 && isLargeEnough(box));
}

function boxOf({ x, y, width, height, turn }: ReceiptImage): PaperBox {
  return turn === 90 || turn === 270 ? { x, y, width: height, height: width } : { x, y, width, height };
}

const touch = (a: PaperBox, b: PaperBox) =>
  b.x <= a.x + a.width + GAP && a.x <= b.x + b.width + GAP && b.y <= a.y + a.height + GAP;

function around(a: PaperBox, b: PaperBox): PaperBox {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const width = Math.max(a.x + a.width, b.x + b.width) - x;
  return { x, y, width, height: Math.max(a.y + a.height, b.y + b.height) - y };
}

function drawn(box: PaperBox, images: readonly ReceiptImage[]): Bitmap {
  const paper = new Bitmap(box.width, box.height);
  for (const { x, y, width, height, bits, turn } of images)
    paper.print(new Bitmap(width, height, bits).turned(turn), x - box.x, y - box.y);
  return paper;
}

/** Where the codes stand that are dots of pictures. */
export const picturedCodes = ({ barcodes }: Receipt): readonly PaperBox[] =>
  barcodes.filter(({ pictured }) => pictured);

/** Whether nothing stands on a picture but these codes. */
export function isNothingBut(image: ReceiptImage, codes: readonly PaperBox[]): boolean {
  const box = boxOf(image);
  const own = codes.filter((code) => touch(box, code) && touch(code, box));
  if (own.length === 0) return false;
  const paper = drawn(box, [image]);
  for (const { x, y, width, height } of own) paper.whiten(x - box.x, y - box.y, width, height);
  return paper.bits.every((bits) => bits === 0);
}
