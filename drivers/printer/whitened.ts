import type { PaperBox, ReceiptImage } from '../../rig/model/receipt.ts';
import { Bitmap } from '../codec/escpos/render/bitmap.ts';

/** A picture of which nobody knows what it says: its place alone, a frame with stripes across. */
export function veiled({ width, height, bits: _, ...place }: ReceiptImage): ReceiptImage {
  const stripes = new Bitmap(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const edge = x < 2 || y < 2 || x >= width - 2 || y >= height - 2;
      stripes.set(x, y, edge || (x + y) % 16 === 0);
    }
  }
  return { ...place, width, height, bits: stripes.bits };
}

/** The picture with these places of the paper white, and a bar of dots in their middle that shows it. */
export function whitened(image: ReceiptImage, boxes: readonly PaperBox[]): ReceiptImage {
  const turnedSize = image.turn === 90 || image.turn === 270;
  const [width, height] = turnedSize ? [image.height, image.width] : [image.width, image.height];
  const hit = boxes.filter(
    (box) =>
      box.x < image.x + width &&
      box.x + box.width > image.x &&
      box.y < image.y + height &&
      box.y + box.height > image.y,
  );
  if (hit.length === 0) return image;
  const upright = new Bitmap(image.width, image.height, image.bits).turned(image.turn);
  const white = new Bitmap(upright.width, upright.height, upright.bits.slice());
  for (const box of hit) {
    const [left, top] = [box.x - image.x, box.y - image.y];
    for (let y = Math.max(0, top); y < Math.min(height, top + box.height); y++) {
      // A row of dots where it was: what is hidden is seen to be hidden.
      const barred = Math.abs(y - top - box.height / 2) < 3;
      for (let x = Math.max(0, left); x < Math.min(width, left + box.width); x++)
        white.set(x, y, barred && x % 4 < 2);
    }
  }
  const { turn: _, ...place } = image;
  return { ...place, width, height, bits: white.bits };
}
