import { CONFIDENCE_MIN, type PaperBox, type Turn } from '../../../rig/model/receipt.ts';
import { Bitmap } from '../../codec/escpos/render/bitmap.ts';
import { bandsOf } from './bands.ts';
import type { PlacedWord } from './read-dots.ts';

/** Reads the words of a picture as it stands. */
export type WordReader = (picture: Bitmap) => Promise<readonly PlacedWord[]>;

/** Fewer black dots are specks. A digit at 203 dpi has about sixty. */
const INK_MIN = 400;
/** A line of text is so high, dots, and wider than that by this factor. */
const [LINE_MIN, LINE_MAX] = [10, 96];
const LINE_SHAPE = 2;
/** Share of a line's letters of which the reader is sure, from which on the line stands upright. */
const UPRIGHT_MIN = 0.3;
/** Letters that a turned picture must give for certain: what is not text gives some by chance. */
const LETTERS_MIN = 8;
/** Shorter words are read into anything. */
const WORD_MIN = 3;
/** Turned it gives so many times as many letters, or stands as it is. */
const CLEARLY = 1.5;
const TURNS: readonly Turn[] = [180, 90, 270];

/**
 * What stands turned in a picture (upside down, or along the paper): the part of it that could not be read upright is
 * turned, read, and believed where that gives clearly more words. Each line is one word then, with its turn, in the order
 * of its letters.
 * @param upright what was read upright
 * @param glance reads fast, to see which way the text stands
 * @param read reads as well as can be
 * @returns all words of the picture
 */
export async function withTurnedText(
  picture: Bitmap,
  upright: readonly PlacedWord[],
  glance: WordReader,
  read: WordReader,
): Promise<PlacedWord[]> {
  const rest = restOf(picture, upright);
  if (!rest) return [...upright];
  const parts = [
    partOf(picture, rest, upright),
    // Many digits can be read upside down as well: beside lines that cannot, all of it is tried.
    partOf(picture, { x: 0, y: 0, width: picture.width, height: picture.height }, upright),
  ];
  let best: { readonly part: Part; readonly turn: Turn; readonly gain: number } | undefined;
  for (const part of parts) {
    const here = sureLetters(part.words);
    for (const turn of part === parts[0] ? TURNS : [180 as const]) {
      const straight = part.dots.turned(back(turn));
      if (!hasLines(straight)) continue;
      const letters = sureLetters(await glance(straight));
      const gain = letters - here;
      if (letters >= LETTERS_MIN && letters >= CLEARLY * here && gain > (best?.gain ?? 0))
        best = { part, turn, gain };
    }
  }
  if (!best) return [...upright];
  const { part, turn } = best;
  const words = await read(part.dots.turned(back(turn)));
  const lines = Math.max(-1, ...upright.map(({ line }) => line)) + 1;
  const turned = [...new Set(words.map(({ line }) => line))].map((line, i): PlacedWord => {
    const own = words.filter((word) => word.line === line).sort((a, b) => a.x - b.x);
    return {
      ...placed(unionOf(own), turn, part.box),
      text: own.map(({ text }) => text).join(' '),
      confidence: Math.min(...own.map(({ confidence }) => confidence)),
      line: lines + i,
      scale: Math.max(...own.map(({ scale }) => scale)),
      turn,
    };
  });
  return [...upright.filter((word) => !turned.some((line) => overlaps(word, line))), ...turned];
}

interface Part {
  readonly box: PaperBox;
  readonly dots: Bitmap;
  /** What was read upright there. */
  readonly words: readonly PlacedWord[];
}

/** A part of the picture, with what was read there. */
function partOf(picture: Bitmap, box: PaperBox, upright: readonly PlacedWord[]): Part {
  const dots = picture.cut(box.x, box.y, box.width, box.height);
  return { box, dots, words: upright.filter((word) => overlaps(word, box)) };
}

/** Where what stands turned by so much is to be turned to stand upright. */
const back = (turn: Turn): Turn => (turn === 180 ? 180 : turn === 90 ? 270 : 90);

/** The part of the picture that holds ink outside lines that were read; undefined when there is hardly any. */
function restOf(picture: Bitmap, words: readonly PlacedWord[]): PaperBox | undefined {
  const left = new Bitmap(picture.width, picture.height, picture.bits.slice());
  for (const line of new Set(words.map((word) => word.line))) {
    const own = words.filter((word) => word.line === line);
    const letters = own.reduce((sum, { text }) => sum + text.length, 0);
    const sure = own.filter(isSure).reduce((sum, { text }) => sum + text.length, 0);
    const { y, height } = unionOf(own);
    if (sure >= UPRIGHT_MIN * letters) left.whiten(0, y, picture.width, height);
  }
  let ink = 0;
  for (const byte of left.bits) for (let bits = byte; bits !== 0; bits &= bits - 1) ink++;
  if (ink < INK_MIN) return undefined;
  const bands = bandsOf(left);
  return bands.length === 0
    ? undefined
    : unionOf(bands.map(({ left: x, top: y, ...size }) => ({ x, y, ...size })));
}

/** Whether rows of ink could be lines of text; a logo has none. */
const hasLines = (picture: Bitmap): boolean =>
  bandsOf(picture).some(
    ({ width, height }) => height >= LINE_MIN && height <= LINE_MAX && width >= LINE_SHAPE * height,
  );

const isSure = ({ confidence }: PlacedWord) => confidence >= CONFIDENCE_MIN;

const sureLetters = (words: readonly PlacedWord[]): number =>
  words
    .filter((word) => isSure(word) && word.text.length >= WORD_MIN)
    .reduce((sum, { text }) => sum + text.length, 0);

function unionOf(boxes: readonly PaperBox[]): PaperBox {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
}

const overlaps = (a: PaperBox, b: PaperBox) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** A box of the straightened part as it stands on the paper. */
function placed({ x, y, width, height }: PaperBox, turn: Turn, part: PaperBox): PaperBox {
  if (turn === 180)
    return { x: part.x + part.width - x - width, y: part.y + part.height - y - height, width, height };
  const across = { width: height, height: width };
  if (turn === 90) return { x: part.x + part.width - y - height, y: part.y + x, ...across };
  return { x: part.x + y, y: part.y + part.height - x - width, ...across };
}
