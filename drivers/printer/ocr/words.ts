import type { PaperBox } from '../../../rig/model/receipt.ts';

/** A word that a reader found, in pixels of the picture it was given. */
export interface ReadWord extends PaperBox {
  readonly text: string;
  /** 0 to 100. */
  readonly confidence: number;
  /** Words of one line of the picture have the same number. */
  readonly line: string;
}

/** More words than any receipt has. */
const WORDS_MAX = 20_000;

/**
 * The words of tesseract's TSV: columns level, page, block, paragraph, line, word, left, top, width, height, confidence,
 * text. Lines of another form are passed over. A semicolon at the end of a word is a colon: slips have labels, no clauses.
 */
export function wordsOfTsv(tsv: string): ReadWord[] {
  const words: ReadWord[] = [];
  for (const row of tsv.split('\n')) {
    const cells = row.split('\t');
    if (cells[0] !== '5' || cells.length < 12 || words.length >= WORDS_MAX) continue;
    const text = cells
      .slice(11)
      .join('\t')
      .normalize('NFC')
      .replace(/[\p{Cc}\p{Cf}]/gu, '')
      .replace(/[;；]$/u, ':')
      .trim();
    const [x, y, width, height, confidence] = cells.slice(6, 11).map(Number);
    if (text === '' || ![x, y, width, height, confidence].every(Number.isFinite)) continue;
    words.push({
      text,
      x: x ?? 0,
      y: y ?? 0,
      width: Math.max(1, width ?? 1),
      height: Math.max(1, height ?? 1),
      confidence: Math.min(100, Math.max(0, confidence ?? 0)),
      line: cells.slice(1, 5).join('.'),
    });
  }
  return words;
}
