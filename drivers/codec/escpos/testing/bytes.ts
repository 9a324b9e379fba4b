import iconv from 'iconv-lite';
import { type Decoded, decodeEscPos, type PrinterOptions } from '../decoder.ts';

/** 58 mm paper of a Chinese terminal. */
export const CHINESE: PrinterOptions = { charset: 'gb18030', width: 384 };
export const LATIN: PrinterOptions = { charset: 'cp437', width: 576 };

/** Concatenates numbers, byte arrays and text (GB 18030, which for ASCII is ASCII). */
export function bytes(...parts: (number | string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) =>
      typeof part === 'number'
        ? Buffer.from([part])
        : typeof part === 'string'
          ? iconv.encode(part, 'gb18030')
          : Buffer.from(part),
    ),
  );
}

export const ESC = 0x1b;
export const GS = 0x1d;
export const FS = 0x1c;
export const DLE = 0x10;
export const LF = 0x0a;

export const decode = (content: Uint8Array, options: PrinterOptions = CHINESE): Decoded =>
  decodeEscPos(content, options);

/** The only receipt of a capture. */
export function receiptOf(content: Uint8Array, options: PrinterOptions = CHINESE) {
  const { receipts } = decode(content, options);
  const [receipt] = receipts;
  if (!receipt || receipts.length !== 1) throw new Error(`${receipts.length} receipts instead of one`);
  return receipt;
}
