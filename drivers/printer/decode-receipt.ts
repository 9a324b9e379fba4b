import { z } from 'zod';
import { loadProfile } from '../../rig/bench/load.ts';
import { valueOrThrow } from '../../rig/bench/load-issue.ts';
import { EXIT } from '../../rig/model/verdict.ts';
import { textLines } from '../codec/escpos/text-lines.ts';
import { readContent } from '../transport/read-bytes.ts';
import { type FileReceipts, receiptsOfFile } from './receipt-file.ts';
import { clearNumber, knownCards, shownReceipts } from './shown.ts';
import { readSlip } from './slip.ts';
import { slipsOn } from './slips-on-one-paper.ts';

const Options = z.object({
  file: z.string().optional(),
  text: z.boolean().default(false),
  json: z.boolean().default(false),
  profile: z.string(),
  cards: z.string().optional(),
});

/**
 * `posrig decode receipt`: reads a receipt as a slip, whatever it was taken from, and writes its lines and fields; what
 * was read from a picture with how sure the reader is. Errors: FILE_UNREADABLE, FILE_INVALID, OCR_FAILED.
 */
export async function decodeReceiptVerb(
  file: string | undefined,
  given: Record<string, unknown>,
): Promise<number> {
  const options = Options.parse(given);
  const { receipt: layout } = valueOrThrow(loadProfile(options.profile)).value;
  const read = await receiptsOfFile(await readContent(file ?? options.file), layout);
  const cards = knownCards(options.cards);
  const slips = read.receipts
    .flatMap((one) => slipsOn(one, layout, cards))
    .map((receipt) => {
      const { pan } = readSlip(receipt, layout, 0, read.source).fields;
      const [shown = receipt] = shownReceipts([receipt], [...cards, ...clearNumber(pan)]);
      return readSlip(shown, layout, 0, read.source);
    });
  if (read.warning) process.stderr.write(`posrig: ${read.warning}\n`);
  process.stdout.write(options.json ? asJson(read, slips) : asText(slips, !options.text));
  return EXIT.ok;
}

type Slips = readonly ReturnType<typeof readSlip>[];

function asJson({ kind, source }: FileReceipts, slips: Slips): string {
  const shown = slips.map(({ copy, duplicate, fields, reading, lines, receipt }) => ({
    copy,
    duplicate,
    fields,
    /** Of values that were read from a picture, 0 to 100. */
    confidence: reading?.fields ?? {},
    legible: reading?.legible ?? 1,
    lines,
    width: receipt.width,
    height: receipt.height,
    runs: receipt.runs,
    barcodes: receipt.barcodes,
    images: receipt.images.length,
  }));
  return `${JSON.stringify({ kind, source, receipts: shown }, null, 2)}\n`;
}

function asText(slips: Slips, withFields: boolean): string {
  const out = slips.flatMap(({ copy, duplicate, fields, reading, receipt }) => {
    const lines = textLines(receipt);
    if (!withFields) return [...lines, '---'];
    const named = Object.entries(fields).map(([field, value]) => {
      const sure = reading?.fields[field];
      return `${field}: ${value}${sure === undefined ? '' : `   (${sure} of 100)`}`;
    });
    return [...lines, '---', `copy: ${copy}${duplicate ? ', duplicate' : ''}`, ...named];
  });
  return `${out.join('\n')}\n`;
}
