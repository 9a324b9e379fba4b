import type { Receipt, ReceiptRun } from '../../rig/model/receipt.ts';
import { columnsOfText } from '../codec/escpos/columns.ts';

/** One line of text as a till link or a file gives it. */
export interface TextLine {
  readonly text: string;
  readonly bold?: boolean | undefined;
  readonly underline?: boolean;
  readonly inverse?: boolean;
  /** Times as wide and as high as ordinary text, 1 to 8. */
  readonly wide?: number | undefined;
  readonly high?: number | undefined;
  readonly align?: 'left' | 'centre' | 'right';
}

/** Half-width cell and line of 203 dpi printers, dots. */
const CELL = 12;
const LINE = 30;
const GLYPH = 24;
/** More lines than any slip has. */
const LINES_MAX = 5000;

/**
 * A receipt from lines of text with styles, for sources that send text instead of printer bytes. Places are those that a
 * printer would give the text on paper of so many columns; longer lines are broken where the paper ends.
 * @param columns half-width cells of the paper
 */
export function receiptOfText(
  lines: readonly TextLine[],
  {
    columns = 32,
    end = 'cut',
    letters,
  }: { readonly columns?: number; readonly end?: Receipt['end']; readonly letters?: Receipt['letters'] } = {},
): Receipt {
  const width = columns * CELL;
  const runs: ReceiptRun[] = [];
  let y = 0;
  for (const line of lines.slice(0, LINES_MAX)) {
    const [scaleX, scaleY] = [scale(line.wide), scale(line.high)];
    for (const text of broken(line.text, Math.max(1, Math.floor(columns / scaleX)))) {
      const wide = columnsOfText(text) * CELL * scaleX;
      const free = Math.max(0, width - wide);
      const x = line.align === 'right' ? free : line.align === 'centre' ? Math.floor(free / 2) : 0;
      if (text.trim() !== '')
        runs.push({
          text,
          x,
          y,
          width: wide,
          height: GLYPH * scaleY,
          scaleX,
          scaleY,
          bold: line.bold ?? false,
          underline: line.underline ?? false,
          inverse: line.inverse ?? false,
        });
      y += LINE * scaleY;
    }
  }
  const height = Math.max(1, y);
  const told = letters === undefined ? {} : { letters };
  return { width, height, dpi: 203, runs, barcodes: [], images: [], end, unknown: [], ...told };
}

const scale = (times = 1) => Math.min(8, Math.max(1, Math.floor(times)));

/** Pieces of at most so many cells; what moves a cursor is no text, tabs reach to the next eighth cell. */
function broken(text: string, cells: number): string[] {
  const pieces: string[] = [];
  let [piece, used] = ['', 0];
  for (const char of text.slice(0, 10_000)) {
    if (char === '\t') {
      const pad = 8 - (used % 8);
      piece += ' '.repeat(pad);
      used += pad;
      continue;
    }
    if (/[\p{Cc}\p{Cf}]/u.test(char)) continue;
    const wide = columnsOfText(char);
    if (used + wide > cells && piece !== '') {
      pieces.push(piece);
      [piece, used] = ['', 0];
    }
    piece += char;
    used += wide;
  }
  return [...pieces, piece.trimEnd()];
}
