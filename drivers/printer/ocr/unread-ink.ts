import { CONFIDENCE_MIN } from '../../../rig/model/receipt.ts';
import type { Bitmap } from '../../codec/escpos/render/bitmap.ts';
import { DISPUTED } from './agree.ts';
import { type Band, bandsOf } from './bands.ts';
import type { PlacedWord } from './read-dots.ts';

/*
 * A reader says how sure it is of what it read, and nothing of what it left out. All ink of a line must be accounted for:
 * what stands beside ink that belongs to no word may be a part of something longer, and a word with more pieces of ink than
 * characters has lost some of them. Neither is sure of anything.
 */

/** What a line shows of which nothing was read. */
export const ILLEGIBLE = '\ufffd';

/** Lower bands are rules, higher ones are pictures; dots. */
const [LINE_LOWEST, LINE_HIGHEST] = [10, 96];
/** Pieces with fewer dots are specks. A full stop at 203 dpi has four, but a speck alone changes no value. */
const SPECK = 6;
/** Boxes of words are right to a share of the line's height. */
const SLACK = 0.15;
/** Characters that are one connected piece of columns, whatever the font: digits, capitals and the signs of numbers. */
const ONE_PIECE = /^[A-Z0-9.,:/*#+-]{2,}$/;

/** Columns with ink between columns without. */
interface Piece {
  readonly x: number;
  readonly width: number;
  readonly ink: number;
}

/**
 * The words of a picture, no surer than the ink around and in them allows, and a word of no meaning for each line of which
 * nothing was read at all.
 */
export function withInkAccounted(picture: Bitmap, words: readonly PlacedWord[]): PlacedWord[] {
  const bands = bandsOf(picture).filter(({ height }) => height >= LINE_LOWEST && height <= LINE_HIGHEST);
  const doubted = new Set<PlacedWord>();
  const illegible: PlacedWord[] = [];
  const next = words.reduce((most, { line }) => Math.max(most, line + 1), 0);
  for (const band of bands) {
    const own = words.filter(({ y, height }) => y < band.top + band.height && band.top < y + height);
    const pieces = piecesOf(picture, band);
    if (own.length === 0) {
      illegible.push(meaningless(band, next + illegible.length));
      continue;
    }
    for (const piece of pieces)
      for (const word of besideUnread(piece, own, band.height * SLACK)) doubted.add(word);
    for (const word of own) if (hasLostSome(word, pieces)) doubted.add(word);
  }
  const told = words.map((word) =>
    doubted.has(word) ? { ...word, confidence: Math.min(word.confidence, DISPUTED) } : word,
  );
  return [...told, ...illegible];
}

/** The words to the left and right of a piece of ink that is in no word. */
function besideUnread({ x, width }: Piece, words: readonly PlacedWord[], slack: number): PlacedWord[] {
  const middle = x + width / 2;
  const holds = (word: PlacedWord) => middle >= word.x - slack && middle <= word.x + word.width + slack;
  if (words.some(holds)) return [];
  const gap = (word: PlacedWord) => (word.x > middle ? word.x - middle : middle - word.x - word.width);
  const nearest = (side: readonly PlacedWord[]) =>
    side.reduce<PlacedWord | undefined>(
      (best, word) => (best && gap(best) <= gap(word) ? best : word),
      undefined,
    );
  const beside = [
    nearest(words.filter((word) => word.x + word.width < middle)),
    nearest(words.filter((word) => word.x > middle)),
  ];
  return beside.filter((word) => word !== undefined);
}

/** Whether a number has more pieces of ink than characters. */
function hasLostSome({ text, x, width, confidence, turn }: PlacedWord, pieces: readonly Piece[]): boolean {
  if (turn !== undefined || confidence < CONFIDENCE_MIN || !ONE_PIECE.test(text)) return false;
  const within = pieces.filter(
    (piece) => piece.x + piece.width / 2 > x && piece.x + piece.width / 2 < x + width,
  );
  return within.length > text.length;
}

/** A line of which nothing was read. */
const meaningless = ({ left, top, width, height }: Band, line: number): PlacedWord => ({
  text: ILLEGIBLE,
  confidence: 0,
  x: left,
  y: top,
  width,
  height,
  line,
  scale: 1,
});

function piecesOf(picture: Bitmap, { top, height, left, width }: Band): Piece[] {
  const pieces: Piece[] = [];
  let [start, ink] = [-1, 0];
  for (let x = left; x <= left + width; x++) {
    const dots = x < left + width ? inkOfColumn(picture, x, top, height) : 0;
    if (dots > 0 && start < 0) start = x;
    ink += dots;
    if (dots > 0 || start < 0) continue;
    if (ink >= SPECK) pieces.push({ x: start, width: x - start, ink });
    [start, ink] = [-1, 0];
  }
  return pieces;
}

function inkOfColumn(picture: Bitmap, x: number, top: number, height: number): number {
  let ink = 0;
  for (let y = top; y < top + height; y++) if (picture.at(x, y)) ink++;
  return ink;
}
