import { createHash } from 'node:crypto';
import { asDigit } from '../../../rig/model/look-alikes.ts';
import { CONFIDENCE_MIN, type PaperBox, type Turn } from '../../../rig/model/receipt.ts';
import type { Bitmap } from '../../codec/escpos/render/bitmap.ts';
import { agree } from './agree.ts';
import { type AsteriskRun, asterisksOf, without } from './asterisks.ts';
import { type Preparation, readingSheet } from './sheet.ts';
import { readWithTesseract, type Tesseract } from './tesseract.ts';
import { isDisputedLatin, settled, withRowsOf } from './third-reading.ts';
import { withTurnedText } from './turned.ts';
import { withInkAccounted } from './unread-ink.ts';
import { wordsOfTsv } from './words.ts';

/** A word with its place on the paper, dots. */
export interface PlacedWord extends PaperBox {
  readonly text: string;
  /** 0 to 100. */
  readonly confidence: number;
  /** Line of the picture, from above. */
  readonly line: number;
  /** How many times as high as ordinary text it is. */
  readonly scale: number;
  /** Degrees by which it stands turned clockwise. */
  readonly turn?: Turn;
}

/**
 * Readers trained on print take dots at 40 pixels a line best, and at 24 with thicker strokes err elsewhere: tried on
 * 203 dpi slips at 1 to 4 times their size, smoothed and not.
 */
const PREPARATIONS: readonly [Preparation, Preparation] = [
  { lineHeight: 40, ink: 1 },
  { lineHeight: 24, ink: 1.5 },
];

/** The same logo, the same slip again: so many pictures are remembered. */
const REMEMBERED = 32;
const remembered = new Map<string, Promise<PlacedWord[]>>();

/**
 * The words of a 1-bit picture at 203 dpi: read twice, prepared differently, at once; what the two dispute once more. What
 * cannot be read as it stands is tried turned. Beside ink that is in no word nothing is sure.
 * @throws OCR_FAILED
 */
export function readDots(tool: Tesseract, picture: Bitmap): Promise<PlacedWord[]> {
  const name = createHash('sha256')
    .update(`${picture.width}x${picture.height} `)
    .update(picture.bits)
    .digest('hex');
  const known = remembered.get(name);
  if (known) return known;
  const reading = readAllWays(tool, picture);
  remembered.set(name, reading);
  reading.catch(() => remembered.delete(name));
  const [oldest] = remembered.keys();
  if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  return reading;
}

async function readAllWays(tool: Tesseract, picture: Bitmap): Promise<PlacedWord[]> {
  const upright = await readTwice(tool, picture);
  const glance = (part: Bitmap) => readOnce(tool, part, PREPARATIONS[0]);
  const words = await withTurnedText(picture, upright, glance, (part) => readTwice(tool, part));
  return withInkAccounted(picture, words).filter(({ text }) => text !== PASSED_OVER);
}

/** A word that is there and says nothing; its ink is accounted for. */
const PASSED_OVER = '';

async function readTwice(tool: Tesseract, picture: Bitmap): Promise<PlacedWord[]> {
  const stars = asterisksOf(picture);
  const text = without(picture, stars);
  const [first = [], second = []] = await Promise.all(PREPARATIONS.map((one) => readOnce(tool, text, one)));
  const agreed = agree(first, second);
  const disputed = agreed.filter(isDisputedLatin);
  if (disputed.length === 0 || !tool.languages.includes('eng')) return withAsterisks(agreed, stars);
  const english = { ...tool, languages: ['eng'] };
  const third = await readOnce(english, withRowsOf(text, disputed), PREPARATIONS[0]);
  return withAsterisks(settled(agreed, first, second, third), stars);
}

/** Stars are told by their dots, not guessed. */
const STARS_CONFIDENCE = 98;

/** Runs of asterisks as words of the lines that they stand on. */
function withAsterisks(words: readonly PlacedWord[], stars: readonly AsteriskRun[]): PlacedWord[] {
  const lines = words.reduce((most, { line }) => Math.max(most, line + 1), 0);
  const placed = stars.map(({ count, ...box }, i) => {
    const beside = words.find(({ y, height }) => y <= box.y && y + height >= box.y + box.height);
    const { y, height, line, scale } = beside ?? { ...box, line: lines + i, scale: 1 };
    return { ...box, y, height, line, scale, text: '*'.repeat(count), confidence: STARS_CONFIDENCE };
  });
  const entries = new Set(placed.map((run) => unsureEntry(words, run)));
  return [...words.map((word) => (entries.has(word) ? { ...word, text: PASSED_OVER } : word)), ...placed];
}

/**
 * The letter behind a masked number (how the card was read), if the reader is not sure of it and it can be no digit: alone
 * among digits it is taken for anything, and would spoil a number that is read for certain.
 */
function unsureEntry(words: readonly PlacedWord[], stars: PlacedWord): PlacedWord | undefined {
  const behind = words.filter(({ line, x }) => line === stars.line && x > stars.x).sort((a, b) => a.x - b.x);
  const [digits, entry, more] = behind;
  const isEntry =
    entry !== undefined &&
    more === undefined &&
    /^\d{4,5}$/.test(digits?.text ?? '') &&
    [...entry.text].length === 1 &&
    entry.confidence < CONFIDENCE_MIN &&
    asDigit(entry.text) === undefined;
  return isEntry ? entry : undefined;
}

async function readOnce(tool: Tesseract, picture: Bitmap, preparation: Preparation): Promise<PlacedWord[]> {
  const sheet = readingSheet(picture, preparation);
  if (!sheet) return [];
  const words = wordsOfTsv(await readWithTesseract(tool, sheet.pgm, sheet.dpi));
  return words.flatMap(({ text, confidence, line: _, ...box }) => {
    const place = sheet.place(box);
    return place ? [{ text, confidence, ...place }] : [];
  });
}
