import { Bitmap } from '../../codec/escpos/render/bitmap.ts';
import { asPicture, receiptOf } from '../testing/raster.ts';

/** A slip as one picture, in a type that is none of ours, and what its fields say. */
export interface OddSlip {
  readonly dots: Bitmap;
  readonly fields: Readonly<Record<string, string>>;
}

const WIDTH_MAX = 576;

/** A slip of random values, printed larger or smaller, thicker or thinner, or narrower than our own fonts are. */
export function oddSlip(below: (limit: number) => number): OddSlip {
  const number = (digits: number) => Array.from({ length: digits }, () => below(10)).join('');
  const two = (from: number, to: number) => String(from + below(to - from + 1)).padStart(2, '0');
  const fields = {
    'terminal-id': `3${number(7)}`,
    stan: number(6),
    rrn: number(12),
    'date-time': `2026/${two(1, 12)}/${two(1, 28)} ${two(0, 23)}:${two(0, 59)}:${two(0, 59)}`,
    amount: `RMB ${1 + below(9999)}.${number(2)}`,
  };
  const text = [
    '商户存根 MERCHANT COPY',
    `终端编号 TERMINAL NO: ${fields['terminal-id']}`,
    `凭证号 VOUCHER NO: ${fields.stan}`,
    `参考号 REF NO: ${fields.rrn}`,
    '日期时间 DATE TIME:',
    fields['date-time'],
    `金额 AMOUNT: ${fields.amount}`,
    '',
  ].join('\n');
  const [image] = asPicture(receiptOf(text)).images;
  const plain = new Bitmap(image?.width ?? 8, image?.height ?? 8, image?.bits);
  const stretchY = (8 + below(9)) / 10;
  const stretchX = Math.min((7 + below(8)) / 10, WIDTH_MAX / plain.width);
  const sized = new Bitmap(Math.round(plain.width * stretchX), Math.round(plain.height * stretchY));
  for (let y = 0; y < plain.height; y++)
    for (let x = 0; x < plain.width; x++)
      if (plain.at(x, y))
        sized.fill(
          Math.floor(x * stretchX),
          Math.floor(y * stretchY),
          Math.max(1, Math.ceil(stretchX)),
          Math.max(1, Math.ceil(stretchY)),
        );
  const weight = below(3);
  if (weight === 0) return { dots: sized, fields };
  // Thicker by a dot on the right, or with specks in the strokes as of a worn print head.
  const worn = new Bitmap(sized.width, sized.height);
  for (let y = 0; y < sized.height; y++)
    for (let x = 0; x < sized.width; x++) {
      const black = sized.at(x, y) || (weight === 1 && x > 0 && sized.at(x - 1, y));
      if (black && (weight === 1 || below(25) > 0)) worn.blacken(x, y);
    }
  return { dots: worn, fields };
}
