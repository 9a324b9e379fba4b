import { RigError } from '../../rig/model/errors.ts';
import type { Receipt, ReceiptSource } from '../../rig/model/receipt.ts';
import { decodeEscPos } from '../codec/escpos/decoder.ts';
import { guessCharset } from '../codec/escpos/detect.ts';
import { nexoReceipts } from './nexo-receipt.ts';
import { pictureSize, readPhoto } from './ocr/photo.ts';
import { hasPicturesOfText, readPictures } from './ocr/read-receipt.ts';
import { vocabularyOfLayout } from './ocr/reader.ts';
import { findTesseract, type Tesseract } from './ocr/tesseract.ts';
import type { ReceiptLayout } from './slip.ts';
import { receiptOfText } from './text-receipt.ts';

/** What a file with receipts turned out to be. */
export interface FileReceipts {
  readonly kind: 'photo' | 'escpos' | 'text' | 'nexo';
  readonly source: ReceiptSource;
  readonly receipts: readonly Receipt[];
  /** Pictures that could not be read, and why. */
  readonly warning?: string;
}

/** The reader of pictures, or an error that says what to install. Throws OCR_FAILED. */
export async function needTesseract(): Promise<Tesseract> {
  const tool = await findTesseract();
  if (tool) return tool;
  throw new RigError('OCR_FAILED', 'rig', 'a picture needs tesseract, which is not installed', {
    hint: 'Run npm run setup, or install tesseract-ocr and tesseract-ocr-chi-sim.',
  });
}

/** Bytes that text never has: escape sequences of printers, NUL. */
const isPrinterBytes = (bytes: Uint8Array) =>
  bytes.some((byte) => byte === 0x1b || byte === 0x1d || byte === 0);

/**
 * Receipts from a file: a photo or scan (PNG, JPEG), what was sent to a printer (ESC/POS), a nexo message, or plain text (UTF-8, else the
 * profile's charset) with a form feed between receipts.
 * @throws FILE_INVALID, OCR_FAILED
 */
export async function receiptsOfFile(bytes: Uint8Array, layout: ReceiptLayout): Promise<FileReceipts> {
  const vocabulary = vocabularyOfLayout(layout);
  if (pictureSize(bytes)) {
    const receipt = await readPhoto(bytes, await needTesseract(), vocabulary);
    return { kind: 'photo', source: 'camera', receipts: [receipt] };
  }
  if (!isPrinterBytes(bytes)) {
    const whole = textOf(bytes, layout.charset);
    const told = nexoReceipts(whole, layout.columns);
    if (told) return { kind: 'nexo', source: 'till', receipts: told };
    const texts = whole.replace(/\f\s*$/, '').split('\f');
    const receipts = texts.map((text) =>
      receiptOfText(
        text
          .replace(/\r?\n$/, '')
          .split(/\r?\n/)
          .map((line) => ({ text: line })),
        { columns: layout.columns },
      ),
    );
    return { kind: 'text', source: 'file', receipts };
  }
  const charset = layout.charset || guessCharset(bytes);
  const { receipts } = decodeEscPos(bytes, { charset, width: layout.width });
  const tool = await findTesseract();
  if (!tool) {
    const pictures = receipts.some(hasPicturesOfText);
    const warning = 'text in pictures was not read: tesseract is not installed (npm run setup)';
    const unread = receipts.map((one) => (hasPicturesOfText(one) ? { ...one, unread: true as const } : one));
    return { kind: 'escpos', source: 'printer', receipts: unread, ...(pictures ? { warning } : {}) };
  }
  const read: Receipt[] = [];
  for (const receipt of receipts) read.push(await readPictures(receipt, tool, vocabulary));
  return { kind: 'escpos', source: 'printer', receipts: read };
}

function textOf(bytes: Uint8Array, charset: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const [receipt] = decodeEscPos(bytes, { charset, width: 12 * 400 }).receipts;
    return (receipt?.runs ?? []).map(({ text }) => text).join('\n');
  }
}
