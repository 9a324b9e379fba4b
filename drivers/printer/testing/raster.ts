import iconv from 'iconv-lite';
import type { Receipt } from '../../../rig/model/receipt.ts';
import { decodeEscPos } from '../../codec/escpos/decoder.ts';
import { drawReceipt } from '../../codec/escpos/render/render.ts';

/** Text as a printer sets it on 58 mm paper, GB18030. */
export function receiptOf(text: string): Receipt {
  const [receipt] = decodeEscPos(iconv.encode(text, 'gb18030'), { charset: 'gb18030', width: 384 }).receipts;
  if (!receipt) throw new Error('nothing is printed');
  return receipt;
}

/** The same receipt as one picture of itself. */
export function asPicture(receipt: Receipt): Receipt {
  const { width, height, bits } = drawReceipt(receipt);
  return { ...receipt, runs: [], barcodes: [], images: [{ x: 0, y: 0, width, height, bits }] };
}
