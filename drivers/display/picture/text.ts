import type { Profile } from '../../../rig/bench/profile.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { findTesseract, readWithTesseract, type Tesseract } from '../../printer/ocr/tesseract.ts';
import { type ReadWord, wordsOfTsv } from '../../printer/ocr/words.ts';
import { type Grey, pngOfGrey } from './grey.ts';

/** The reader of texts in pictures. Errors: OCR_FAILED (bench) when there is none. */
export async function textReader(): Promise<Tesseract> {
  const tool = await findTesseract();
  if (tool) return tool;
  throw new RigError(
    'OCR_FAILED',
    'bench',
    'texts on screens cannot be read out of pictures: tesseract is not there',
    {
      hint: 'Install tesseract-ocr and tesseract-ocr-chi-sim; `npm run setup` does it.',
    },
  );
}

/** What a picture of a screen with keys says beside the keys: these are painted over with what surrounds them. */
export function withoutKeys(screen: Grey, { display: { pixels }, keypad }: Profile): Grey {
  if (!pixels) return screen;
  const [across, down] = [screen.width / pixels.width, screen.height / pixels.height];
  const painted = Uint8Array.from(screen.pixels);
  const ground = mostOf(screen.pixels);
  for (const { x, y, w, h } of Object.values(keypad.keys)) {
    // A little more than the key: its rim is no letter.
    const [kw, kh] = [(w + 1) * pixels.scale, (h + 1) * pixels.scale];
    const left = Math.max(0, Math.floor((pixels.x + x * pixels.scale - kw / 2) * across));
    const right = Math.min(screen.width, Math.ceil((pixels.x + x * pixels.scale + kw / 2) * across));
    const top = Math.max(0, Math.floor((pixels.y + y * pixels.scale - kh / 2) * down));
    const bottom = Math.min(screen.height, Math.ceil((pixels.y + y * pixels.scale + kh / 2) * down));
    for (let row = top; row < bottom; row++)
      painted.fill(ground, row * screen.width + left, row * screen.width + right);
  }
  return { ...screen, pixels: painted };
}

/** The most frequent tone, 16 grey values a step. */
function mostOf(pixels: Uint8Array): number {
  const counts = new Uint32Array(16);
  for (const tone of pixels) counts[tone >> 4] = (counts[tone >> 4] ?? 0) + 1;
  return counts.indexOf(Math.max(...counts)) * 16 + 8;
}

/**
 * The lines of a screen, top to bottom. Chinese characters stand without blanks between them: tesseract takes each for a
 * word. Errors: OCR_FAILED.
 */
export async function linesIn(screen: Grey, tool: Tesseract): Promise<readonly string[]> {
  const words = wordsOfTsv(await readWithTesseract(tool, pngOfGrey(screen), 150));
  const lines = new Map<string, ReadWord[]>();
  for (const word of words) lines.set(word.line, [...(lines.get(word.line) ?? []), word]);
  return [...lines.values()]
    .sort(([a], [b]) => (a?.y ?? 0) - (b?.y ?? 0))
    .map((line) => joined(line.sort((a, b) => a.x - b.x)));
}

const HAN = /\p{Script=Han}/u;

function joined(words: readonly ReadWord[]): string {
  let text = '';
  for (const word of words) {
    const tight = text === '' || (HAN.test(text.at(-1) ?? '') && HAN.test(word.text.at(0) ?? ''));
    text += tight ? word.text : ` ${word.text}`;
  }
  return text;
}
