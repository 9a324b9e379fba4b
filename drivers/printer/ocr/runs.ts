import type { ReceiptRun, Turn } from '../../../rig/model/receipt.ts';
import { columnsOfText } from '../../codec/escpos/columns.ts';
import type { PlacedWord } from './read-dots.ts';
import { mendLabel, type Vocabulary } from './vocabulary.ts';

/** Gaps in half-width cells: from the first on there is a blank, from the second on the words stand apart. */
const BLANK = 0.45;
/** Chinese characters fill their cells less evenly. */
const BLANK_HAN = 1.4;
const APART = 2.2;

const isHan = (char: string | undefined) => char !== undefined && /\p{Script=Han}/u.test(char);

/**
 * Words as runs of the receipt model, each with its own confidence. All of one line get its height, and words that belong
 * together touch, with the blank between them at the end of the first: so lines come out as they were typed, in whatever
 * font.
 */
export function runsOfWords(words: readonly PlacedWord[], vocabulary: Vocabulary = new Set()): ReceiptRun[] {
  const lines = new Map<number, PlacedWord[]>();
  for (const word of words) lines.set(word.line, [...(lines.get(word.line) ?? []), word]);
  return [...lines.values()].flatMap((line) => runsOfLine(line, vocabulary));
}

function runsOfLine(words: readonly PlacedWord[], vocabulary: Vocabulary): ReceiptRun[] {
  const [first] = words;
  // A line that stands turned comes as one.
  if (first?.turn !== undefined && words.length === 1) return [runOf(first, first.turn)];
  const sorted = mendLabel(
    [...words].sort((a, b) => a.x - b.x),
    vocabulary,
  );
  const cell = cellOf(sorted);
  const top = Math.min(...sorted.map(({ y }) => y));
  const height = Math.max(...sorted.map((word) => word.y + word.height)) - top;
  return sorted.map((word, i) => {
    const next = sorted[i + 1];
    const gap = next ? (next.x - word.x - word.width) / cell : APART;
    const joined = next !== undefined && gap < APART;
    const han = isHan([...word.text].at(-1)) && isHan(next?.text[0]);
    const blank = joined && gap >= (han ? BLANK_HAN : BLANK);
    return {
      text: blank ? `${word.text} ` : word.text,
      x: word.x,
      y: top,
      width: joined && next ? Math.max(1, next.x - word.x) : word.width,
      height,
      scaleX: 1,
      scaleY: word.scale,
      bold: false,
      underline: false,
      inverse: false,
      confidence: Math.round(word.confidence),
    };
  });
}

function runOf({ text, scale, confidence, x, y, width, height }: PlacedWord, turn: Turn): ReceiptRun {
  const style = { scaleX: 1, scaleY: scale, bold: false, underline: false, inverse: false };
  return { text, x, y, width, height, turn, ...style, confidence: Math.round(confidence) };
}

/** Width of a half-width character of this line, dots. */
function cellOf(words: readonly PlacedWord[]): number {
  const widths = words
    .filter(({ text }) => columnsOfText(text) >= 2)
    .map(({ text, width }) => width / columnsOfText(text))
    .sort((a, b) => a - b);
  return Math.max(1, widths[widths.length >> 1] ?? 12);
}
