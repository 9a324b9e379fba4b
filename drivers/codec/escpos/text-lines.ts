import type { PaperBox, Receipt, ReceiptRun, Turn } from '../../../rig/model/receipt.ts';
import { columnsOfText } from './columns.ts';
import { isNothingBut, picturedCodes } from './drawn-codes.ts';

/** Default line advance of a printer, dots: what a blank line takes. */
const LINE = 30;
/** More blank lines in a row are shown as so many. */
const BLANKS_MAX = 3;

interface Piece<B extends Box = Box> {
  readonly box: B;
  readonly text: string;
  /** In reading direction from the left edge, and down from the top, dots. */
  readonly u: number;
  readonly v: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The text of a receipt as lines of half-width columns (CJK takes 2), from top to bottom, each piece at the column where
 * it stands on paper. Enlarged text keeps its beginning. Text turned by 90, 180 or 270 degrees is read as if the paper
 * were turned, after the upright text unless it begins above it. Trailing blanks are
 * removed, and blank lines at both ends.
 * @param columns half-width columns of the paper, e.g. 32 on 58 mm; by default one per 12 dots
 */
export function textLines(receipt: Receipt, columns = columnsOfPaper(receipt)): string[] {
  return layOut(receipt, columns, receipt.runs).map(({ text }) => text);
}

/** A line of text and the part of the paper that it stands on; a blank line stands on none. */
export interface PlacedLine {
  readonly text: string;
  readonly box?: PaperBox;
}

/** As `textLines`, with the place of each line. */
export function placedLines(receipt: Receipt, columns = columnsOfPaper(receipt)): PlacedLine[] {
  return layOut(receipt, columns, receipt.runs);
}

/** As `textLines`, with symbols and pictures as bracketed notes in their place: for people, not for matching. */
export function readableLines(receipt: Receipt, columns = columnsOfPaper(receipt)): string[] {
  const drawn = picturedCodes(receipt);
  const notes = [
    ...receipt.barcodes.map((code) => ({ ...code, text: `[${code.symbology}: ${visible(code.payload)}]` })),
    ...receipt.images
      .filter((image) => !isNothingBut(image, drawn))
      .map((image) => ({
        ...image,
        text: image.character ? '\u25af' : `[picture ${image.width} x ${image.height} dots]`,
      })),
    ...(receipt.stored ?? []).map((picture) => ({
      ...picture,
      width: 96,
      height: 48,
      text: `[picture "${picture.name}" of the printer's own memory]`,
    })),
  ];
  return layOut(receipt, columns, [...receipt.runs, ...notes]).map(({ text }) => text);
}

export const columnsOfPaper = (receipt: Receipt): number => Math.max(1, Math.round(receipt.width / 12));

/** Payloads are the sender's: nothing that moves a cursor or changes colours may reach a console. */
const visible = (text: string) => text.replace(/[\p{Cc}\p{Cf}]/gu, '\u00b7');

interface Box {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly turn?: Turn;
}

/**
 * The runs of a receipt in the order in which they are read: rows from top to bottom, each from left to right.
 */
export function readingOrder(receipt: Receipt): ReceiptRun[][] {
  return rowsByTurn(receipt, receipt.runs).map((row) => leftToRight(row).map(({ box }) => box));
}

function layOut(receipt: Receipt, columns: number, boxes: readonly Box[]): PlacedLine[] {
  const cell = receipt.width / Math.max(1, columns);
  const lines = linesOf(rowsByTurn(receipt, boxes), cell);
  const first = lines.findIndex(({ text }) => text !== '');
  return first < 0 ? [] : lines.slice(first, lines.findLastIndex(({ text }) => text !== '') + 1);
}

function rowsByTurn<B extends Box>(receipt: Receipt, boxes: readonly B[]): Piece<B>[][] {
  const byTurn = new Map<number, { top: number; pieces: Piece<B>[] }>();
  for (const box of boxes) {
    const turn = box.turn ?? 0;
    const group = byTurn.get(turn) ?? { top: box.y, pieces: [] };
    group.top = Math.min(group.top, box.y);
    group.pieces.push(upright(box, turn, receipt));
    byTurn.set(turn, group);
  }
  const groups = [...byTurn.values()].sort((a, b) => a.top - b.top);
  return groups.flatMap(({ pieces }) => rowsOf(pieces));
}

/** A box as it stands when the paper is turned so that its text is upright. */
function upright<B extends Box>(box: B, turn: number, { width: w, height: h }: Receipt): Piece<B> {
  const { text, x, y, width, height } = box;
  switch (turn) {
    case 90:
      return { box, text, u: y, v: w - x - width, width: height, height: width };
    case 180:
      return { box, text, u: w - x - width, v: h - y - height, width, height };
    case 270:
      return { box, text, u: h - y - height, v: x, width: height, height: width };
    default:
      return { box, text, u: x, v: y, width, height };
  }
}

/** Pieces that share a lower edge (within half their height) stand on one row. */
function rowsOf<B extends Box>(pieces: readonly Piece<B>[]): Piece<B>[][] {
  const rows: Piece<B>[][] = [];
  const bottom = (piece: Piece) => piece.v + piece.height;
  for (const piece of [...pieces].sort((a, b) => bottom(a) - bottom(b))) {
    const first = rows.at(-1)?.[0];
    const near = first && bottom(piece) - bottom(first) < Math.min(piece.height, first.height) / 2;
    if (near) rows.at(-1)?.push(piece);
    else rows.push([piece]);
  }
  return rows;
}

function linesOf(rows: readonly Piece[][], cell: number): PlacedLine[] {
  const lines: PlacedLine[] = [];
  let last: number | undefined;
  for (const row of rows) {
    let top = Number.POSITIVE_INFINITY;
    let bottom = 0;
    for (const piece of row) {
      top = Math.min(top, piece.v);
      bottom = Math.max(bottom, piece.v + piece.height);
    }
    // Above the text before: a group that is turned differently starts over.
    const blanks = last === undefined ? 0 : Math.round((top - last) / LINE);
    for (let i = 0; i < Math.min(blanks, BLANKS_MAX); i++) lines.push({ text: '' });
    lines.push({ text: lineOf(row, cell), box: around(row) });
    last = bottom;
  }
  return lines;
}

/** The smallest part of the paper that holds a row. */
function around(row: readonly Piece[]): PaperBox {
  let [left, top, right, bottom] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (const { box } of row) {
    left = Math.min(left, box.x);
    top = Math.min(top, box.y);
    right = Math.max(right, box.x + box.width);
    bottom = Math.max(bottom, box.y + box.height);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

const leftToRight = <B extends Box>(row: readonly Piece<B>[]) => [...row].sort((a, b) => a.u - b.u);

/** Whether text stands over blanks of other text, as printers with a ribbon strike a line once in each colour. */
function isOverstruck(row: readonly Piece[], cell: number): boolean {
  if (row.length < 2) return false;
  let end = Number.NEGATIVE_INFINITY;
  return leftToRight(row).some((piece) => {
    const over = piece.u < end - cell / 2;
    end = Math.max(end, piece.u + piece.width);
    return over;
  });
}

/** The words of a piece, each where it stands. */
function wordsOf<B extends Box>(piece: Piece<B>): Piece<B>[] {
  const advance = piece.width / Math.max(1, columnsOfText(piece.text));
  return [...piece.text.matchAll(/\S+(?: \S+)*/gu)].map(({ 0: text, index }) => ({
    ...piece,
    text,
    u: piece.u + columnsOfText(piece.text.slice(0, index)) * advance,
    width: columnsOfText(text) * advance,
  }));
}

function lineOf(row: readonly Piece[], cell: number): string {
  let line = '';
  let column = 0;
  let end = 0;
  let before: Piece | undefined;
  for (const piece of leftToRight(isOverstruck(row, cell) ? row.flatMap(wordsOf) : row)) {
    // The same text struck twice at one place is one text.
    if (before && before.u === piece.u && before.text === piece.text) continue;
    before = piece;
    if (piece.u - end >= cell / 2) {
      const pad = Math.max(1, Math.round(piece.u / cell) - column);
      line += ' '.repeat(pad);
      column += pad;
    }
    line += piece.text;
    column += columnsOfText(piece.text);
    end = piece.u + piece.width;
  }
  return line.trimEnd();
}
