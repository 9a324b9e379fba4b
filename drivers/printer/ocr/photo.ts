import { PNG } from 'pngjs';
import { RigError } from '../../../rig/model/errors.ts';
import type { PaperBox, Receipt } from '../../../rig/model/receipt.ts';
import { Bitmap } from '../../codec/escpos/render/bitmap.ts';
import { agree, agreedInLatin } from './agree.ts';
import { type PlacedWord, readDots } from './read-dots.ts';
import { runsOfWords } from './runs.ts';
import { readWithTesseract, type Tesseract, type Threshold } from './tesseract.ts';
import type { Vocabulary } from './vocabulary.ts';
import { type ReadWord, wordsOfTsv } from './words.ts';

/** Larger pictures are refused, pixels: memory is bounded before anything is unpacked. */
const PIXELS_MAX = 40e6;

export interface PictureSize {
  readonly type: 'png' | 'jpeg';
  readonly width: number;
  readonly height: number;
}

/** What a file is by its first bytes, and how large; undefined for what is no PNG or JPEG. */
export function pictureSize(file: Uint8Array): PictureSize | undefined {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length >= 24 && bytes.readUInt32BE(0) === 0x89504e47)
    return { type: 'png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined;
  // Segments of a JPEG (ITU-T T.81, B.1.1): the frame header says the size.
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1] ?? 0;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame)
      return { type: 'jpeg', height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2);
  }
  return { type: 'jpeg', width: 0, height: 0 };
}

/**
 * A receipt from a picture of it. A picture of two colours (a capture, a scan of dots) is read line by line as dots; all
 * else is given to the reader as it is, whose own thresholds are better than any that are made beforehand: with one
 * threshold, with a local one, and once more without Chinese. What they dispute is unsure.
 * @throws FILE_INVALID for a picture that is too large or damaged; OCR_FAILED
 */
export async function readPhoto(
  file: Uint8Array,
  tool: Tesseract,
  vocabulary?: Vocabulary,
): Promise<Receipt> {
  const size = pictureSize(file);
  if (!size) throw new RigError('FILE_INVALID', 'file', 'this is no PNG or JPEG picture');
  const { width, height } = size;
  if (width === 0 || height === 0 || width * height > PIXELS_MAX) {
    throw new RigError('FILE_INVALID', 'file', `a picture of ${width} x ${height} pixels cannot be read`, {
      hint: `At most ${PIXELS_MAX / 1e6} million pixels are.`,
    });
  }
  const dots = size.type === 'png' ? dotsOf(file) : undefined;
  const words = dots ? await readDots(tool, dots) : await readShades(tool, file);
  return {
    width,
    height,
    dpi: 203,
    runs: runsOfWords(words, vocabulary),
    barcodes: [],
    images: dots ? [{ x: 0, y: 0, width, height, bits: dots.bits }] : [],
    end: 'idle',
    unknown: [],
  };
}

/** The threshold and the languages of each reading of a photo; the last knows no Chinese, and is asked about the rest alone. */
const READINGS: readonly { readonly threshold: Threshold; readonly languages?: readonly string[] }[] = [
  { threshold: 'one' },
  { threshold: 'local' },
  { threshold: 'one', languages: ['eng'] },
];

async function readShades(tool: Tesseract, file: Uint8Array): Promise<PlacedWord[]> {
  const bilingual = tool.languages.length > 1 && tool.languages.includes('eng');
  const tables = await Promise.all(
    READINGS.slice(0, bilingual ? 3 : 2).map(({ threshold, languages = tool.languages }) =>
      readWithTesseract({ ...tool, languages }, file, 300, threshold),
    ),
  );
  const [first = [], second = [], english] = tables.map((table) => numbered(wordsOfTsv(table)));
  const agreed = agree(first, onLinesOf(first, second));
  return english ? agreedInLatin(agreed, onLinesOf(agreed, english)) : agreed;
}

/** Lines are numbered as the reader found them. */
function numbered(words: readonly ReadWord[]): PlacedWord[] {
  const lines = [...new Set(words.map(({ line }) => line))];
  return words.map(({ line, ...word }) => ({ ...word, line: lines.indexOf(line), scale: 1 }));
}

/** Words of another reading on the lines of the first one: a line is the one that most of it lies on, else a new one. */
function onLinesOf(first: readonly PlacedWord[], words: readonly PlacedWord[]): PlacedWord[] {
  const count = first.reduce((most, { line }) => Math.max(most, line + 1), 0);
  const lineOf = new Map<number, number>();
  for (const own of new Set(words.map(({ line }) => line))) {
    const shared = new Map<number, number>();
    for (const word of words.filter(({ line }) => line === own))
      for (const other of first)
        shared.set(other.line, (shared.get(other.line) ?? 0) + sharedArea(word, other));
    const [line, most = 0] = [...shared].reduce<readonly [number, number]>(
      (best, one) => (one[1] > best[1] ? one : best),
      [-1, 0],
    );
    lineOf.set(own, most > 0 ? line : count + own);
  }
  return words.map((word) => ({ ...word, line: lineOf.get(word.line) ?? word.line }));
}

const sharedArea = (a: PaperBox, b: PaperBox): number =>
  Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)) *
  Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y));

/** Shares of pixels that may be neither black nor white in a picture of dots. */
const GREY_MAX = 0.01;

/** A PNG of two colours as dots; undefined for all others. */
function dotsOf(file: Uint8Array): Bitmap | undefined {
  const { width, height, data } = decodePng(file);
  const dots = new Bitmap(width, height);
  let grey = 0;
  for (let at = 0, y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const opaque = (data[at + 3] ?? 255) / 255;
      const light = ((data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0)) / 3;
      const seen = light * opaque + 255 * (1 - opaque);
      if (seen > 48 && seen < 208) grey++;
      if (seen < 128) dots.blacken(x, y);
    }
  }
  return grey > GREY_MAX * width * height ? undefined : dots;
}

function decodePng(file: Uint8Array): PNG {
  try {
    return PNG.sync.read(Buffer.from(file));
  } catch (cause) {
    throw new RigError('FILE_INVALID', 'file', 'the PNG picture is damaged', { cause });
  }
}
