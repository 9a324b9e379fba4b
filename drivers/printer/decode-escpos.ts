import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { TestCard } from '../../rig/model/card.ts';
import { RigError } from '../../rig/model/errors.ts';
import type { Receipt } from '../../rig/model/receipt.ts';
import { EXIT } from '../../rig/model/verdict.ts';
import { isCodePage } from '../codec/escpos/code-pages.ts';
import { type Decoded, decodeEscPos } from '../codec/escpos/decoder.ts';
import { guessCharset } from '../codec/escpos/detect.ts';
import { MULTI_BYTE_NAMES, multiByte } from '../codec/escpos/multi-byte.ts';
import { pngOfBits } from '../codec/escpos/render/png.ts';
import { renderReceipts } from '../codec/escpos/render/render.ts';
import { renderSvg } from '../codec/escpos/svg.ts';
import { readableLines, textLines } from '../codec/escpos/text-lines.ts';
import { hexBytes, readBytes } from '../transport/read-bytes.ts';
import { maskReceipt } from './forbidden.ts';
import { hasPicturesOfText, readPictures } from './ocr/read-receipt.ts';
import { vocabularyOfLayout } from './ocr/reader.ts';
import { findTesseract } from './ocr/tesseract.ts';
import { clearNumber, knownCards, shownBytes, shownReceipts } from './shown.ts';
import { readSlip } from './slip.ts';
import { layoutFor } from './slip-layout.ts';

const Options = z.object({
  file: z.string().optional(),
  text: z.boolean().default(false),
  json: z.boolean().default(false),
  svg: z.union([z.boolean(), z.string()]).default(false),
  png: z.union([z.boolean(), z.string()]).default(false),
  charset: z.string().optional(),
  width: z.string(),
  autoLineFeed: z.boolean().default(false),
  cards: z.string().optional(),
});

/** `posrig decode escpos`: writes the receipts to standard output as text, JSON, SVG or PNG, card data hidden. Errors: USAGE, FILE_UNREADABLE, OCR_FAILED. */
export async function decodeEscPosVerb(
  hex: string | undefined,
  given: Record<string, unknown>,
): Promise<number> {
  const options = Options.parse(given);
  const forms = [options.text, options.json, options.svg, options.png];
  // Pictures that go into files do not get in the way of what is written to standard output.
  if (forms.filter((form) => form === true).length > 1) {
    throw new RigError('USAGE', 'file', 'only one of --text, --json, --png and --svg can be written', {
      hint: 'Give --png and --svg a file each.',
    });
  }
  const width = widthOf(options.width);
  if (options.charset !== undefined) checkCharset(options.charset);
  const bytes = await bytesOf(hex, options.file);
  const charset = options.charset ?? guessCharset(bytes);
  const read = decodeEscPos(bytes, { charset, width, autoLineFeed: options.autoLineFeed });
  const cards = knownCards(options.cards);
  const shown = shownBytes(cards);
  // Lines of text alone show no picture.
  const drawn = options.json || options.png !== false || options.svg !== false;
  const receipts = await masked(read.receipts, cards, drawn);
  const requests = read.requests.map((request) => ({ ...request, bytes: shown.bytes(request.bytes) }));
  const decoded = { receipts, requests, stray: shown.unknown(read.stray) };
  if (typeof options.png === 'string') await save(options.png, renderReceipts(something(receipts)));
  if (typeof options.svg === 'string') await save(options.svg, asSvg(something(receipts)));
  if (options.png === true) process.stdout.write(renderReceipts(something(receipts)));
  else if (options.svg === true) process.stdout.write(asSvg(something(receipts)));
  else if (options.json) process.stdout.write(asJson(decoded, charset));
  else if (options.text || forms.every((form) => form === false)) process.stdout.write(asText(decoded));
  return EXIT.ok;
}

/**
 * Receipts as they may be shown: without the data of these cards, and without any number in full where the card number
 * belongs. A number in a picture is found by reading it; what is read is not told, only hidden.
 * @param drawn whether pictures are shown
 */
async function masked(
  receipts: readonly Receipt[],
  cards: readonly TestCard[],
  drawn: boolean,
): Promise<readonly Receipt[]> {
  const layout = layoutFor([], 32);
  const pictures = drawn && receipts.some(hasPicturesOfText);
  const tool = pictures ? await findTesseract() : undefined;
  if (pictures && !tool) process.stderr.write(`posrig: ${PICTURES_IN_CLEAR}\n`);
  const shown: Receipt[] = [];
  for (const receipt of receipts) {
    const read = tool ? await readPictures(receipt, tool, vocabularyOfLayout(layout)) : receipt;
    const known = [...cards, ...clearNumber(readSlip(read, layout, 0).fields['pan'])];
    const { images } = maskReceipt(read, known);
    shown.push(...shownReceipts([receipt], known).map((one) => ({ ...one, images })));
  }
  return shown;
}

const PICTURES_IN_CLEAR =
  'pictures are shown as they came, with any card number in them: tesseract, which would read them, is not installed (npm run setup)';

/** An argument that is no hex may be the name of a file. */
async function bytesOf(argument: string | undefined, file: string | undefined): Promise<Uint8Array> {
  const named = argument !== undefined && file === undefined && hexBytes(argument) === undefined;
  return named && existsSync(argument) ? readBytes(undefined, argument) : readBytes(argument, file);
}

async function save(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(path, content).catch((cause: unknown) => {
    throw new RigError('FILE_UNREADABLE', 'file', `${path} cannot be written`, { cause });
  });
}

function something(receipts: readonly Receipt[]): readonly Receipt[] {
  if (receipts.length > 0) return receipts;
  throw new RigError('CODEC_FRAME', 'file', 'nothing is printed by these bytes, so there is no picture', {
    hint: 'Look at them with --json.',
  });
}

/** Errors: USAGE. */
export function widthOf(text: string): number {
  const width = Number(text);
  if (Number.isInteger(width) && width >= 96 && width <= 4000) return width;
  throw new RigError('USAGE', 'file', `--width ${text} is not a number of dots from 96 to 4000`);
}

/** Errors: USAGE with the charsets that there are. */
export function checkCharset(name: string): void {
  if (multiByte(name) || isCodePage(name)) return;
  throw new RigError('USAGE', 'file', `the charset ${name} is not known`, {
    hint: `Double-byte charsets: ${MULTI_BYTE_NAMES.join(', ')}; or a code page such as cp437, cp850, cp866, windows1252.`,
  });
}

type Shown = Omit<Decoded, 'content'>;

function asText({ receipts, requests, stray }: Shown): string {
  const lines: string[] = [];
  for (const receipt of receipts) {
    lines.push(...readableLines(receipt), receipt.end === 'cut' ? '--- cut ---' : '--- end ---');
    lines.push(...receipt.unknown.map(unknownLine));
  }
  lines.push(...stray.map(unknownLine));
  for (const { command, title, offset, bytes } of requests) {
    lines.push(`asked at offset ${offset}: ${command} (${title}) ${Buffer.from(bytes).toString('hex')}`);
  }
  if (receipts.length === 0) lines.push('Nothing is printed by these bytes.');
  return `${lines.join('\n')}\n`;
}

const unknownLine = ({ offset, hex }: Receipt['unknown'][number]) =>
  `unknown at offset ${offset}: ${hex.length > 64 ? `${hex.slice(0, 64)}… (${hex.length / 2} bytes)` : hex}`;

function asJson({ receipts, requests, stray }: Shown, charset: string): string {
  const shown = {
    charset,
    receipts: receipts.map((receipt) => ({
      end: receipt.end,
      width: receipt.width,
      height: receipt.height,
      dpi: receipt.dpi,
      lines: textLines(receipt),
      runs: receipt.runs,
      barcodes: receipt.barcodes,
      images: receipt.images.map(({ bits, ...place }) => ({
        ...place,
        png: pngOfBits(place.width, place.height, bits).toString('base64'),
      })),
      stored: receipt.stored ?? [],
      unknown: receipt.unknown,
    })),
    requests: requests.map(({ bytes, ...request }) => ({
      ...request,
      hex: Buffer.from(bytes).toString('hex'),
    })),
    /** Outside of any receipt. */
    unknown: stray,
  };
  return `${JSON.stringify(shown, null, 2)}\n`;
}

/** One picture; several receipts below each other, as they left the printer. */
function asSvg(receipts: readonly Receipt[]): string {
  const pictures = receipts.map(renderSvg);
  const [only] = pictures;
  if (only !== undefined && pictures.length === 1) return only;
  let y = 0;
  let width = 0;
  const placed = pictures.map((picture) => {
    const [, w, h] = /width="(\d+)" height="(\d+)"/.exec(picture) ?? [];
    const moved = picture.replace('<svg ', `<svg y="${y}" `);
    width = Math.max(width, Number(w));
    y += Number(h) + 16;
    return moved;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}">\n${placed.join('')}</svg>\n`;
}
