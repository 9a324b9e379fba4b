import { CONFIDENCE_MIN } from '../../../rig/model/receipt.ts';
import { Bitmap } from '../../codec/escpos/render/bitmap.ts';
import { agree, DISPUTED } from './agree.ts';
import type { PlacedWord } from './read-dots.ts';

/*
 * Chinese and English read together take a lone C for 人 and a 0 for a Q. Where two such readings differ about Latin text
 * and digits, a third one that knows English only is asked about those lines: what two of three say counts.
 */

const HAN = /\p{Script=Han}/u;
const LATIN = /^[\p{ASCII}€£]+$/u;

/** A word that is worth a third reading. One character of Chinese may be a misread letter. */
export const isDisputedLatin = ({ text, confidence }: PlacedWord) =>
  confidence <= DISPUTED && (!HAN.test(text) || [...text].length === 1);

/** Only the rows of these words. */
export function withRowsOf(picture: Bitmap, words: readonly PlacedWord[]): Bitmap {
  const rest = new Bitmap(picture.width, picture.height);
  for (const { y, height } of words) {
    const [from, to] = [Math.max(0, y) * picture.stride, (y + height) * picture.stride];
    rest.bits.set(picture.bits.subarray(from, to), from);
  }
  return rest;
}

/**
 * @param agreed what the first two readings agree on
 * @param third a reading of the rows of disputed words
 */
export function settled(
  agreed: readonly PlacedWord[],
  first: readonly PlacedWord[],
  second: readonly PlacedWord[],
  third: readonly PlacedWord[],
): PlacedWord[] {
  const lineAt = new Map(agreed.map(({ y, line }) => [y, line]));
  const placed = third.flatMap((word) => {
    const line = lineAt.get(word.y);
    return line === undefined ? [] : [{ ...word, line }];
  });
  const known = new Set(placed.map(({ line }) => line));
  const among = (words: readonly PlacedWord[]) => words.filter(({ line }) => known.has(line));
  const seconded = [...agree(among(first), placed), ...agree(among(second), placed)].filter(
    ({ text, confidence }) => confidence >= CONFIDENCE_MIN && LATIN.test(text),
  );
  return agreed.map((word) =>
    isDisputedLatin(word) ? (seconded.find((other) => isSamePlace(word, other)) ?? word) : word,
  );
}

function isSamePlace(a: PlacedWord, b: PlacedWord): boolean {
  const shared = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  return a.line === b.line && shared > 0.7 * Math.max(a.width, b.width);
}
