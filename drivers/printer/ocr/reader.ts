import type { DriverContext } from '../../../rig/bench/planes.ts';
import type { Receipt } from '../../../rig/model/receipt.ts';
import type { ReceiptLayout } from '../slip.ts';
import { hasPicturesOfText, readPictures } from './read-receipt.ts';
import { findTesseract } from './tesseract.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';

/** Reads receipts in the order in which they come; those without pictures at once. */
export interface PictureReader {
  /** Calls `done` with the receipt and what its pictures say; later receipts follow. */
  read(receipt: Receipt, done: (read: Receipt) => void): void;
  /** Resolves when all receipts so far are read. */
  settled(): Promise<void>;
}

export const vocabularyOfLayout = (layout: ReceiptLayout): Vocabulary =>
  vocabularyOf([...Object.values(layout.fields), ...Object.values(layout.copies), layout.duplicate].flat());

/**
 * A reader for one plane. Without tesseract, or when it fails, receipts are `unread` and the journal says so, once for
 * each reason.
 */
export function pictureReader(
  layout: ReceiptLayout,
  recorder: Pick<DriverContext['recorder'], 'record'>,
): PictureReader {
  const vocabulary = vocabularyOfLayout(layout);
  const told = new Set<string>();
  const warn = (text: string) => {
    if (told.has(text)) return;
    told.add(text);
    recorder.record({ type: 'note', level: 'warning', text });
  };
  const readOne = async (receipt: Receipt): Promise<Receipt> => {
    const tool = await findTesseract();
    if (!tool) {
      warn('receipt printer: text in pictures is not read: tesseract is not installed (npm run setup)');
      return { ...receipt, unread: true };
    }
    try {
      return await readPictures(receipt, tool, vocabulary);
    } catch (error) {
      warn(`receipt printer: ${error instanceof Error ? error.message : String(error)}`);
      return { ...receipt, unread: true };
    }
  };

  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  return {
    read(receipt, done) {
      if (waiting === 0 && !hasPicturesOfText(receipt)) return done(receipt);
      waiting++;
      const begun = hasPicturesOfText(receipt) ? readOne(receipt) : Promise.resolve(receipt);
      last = Promise.all([last, begun]).then(([, read]) => {
        waiting--;
        done(read);
      });
    },
    settled: () => last,
  };
}
