import type { ReadSlip, SlipReader, SlipsWanted } from '../../rig/bench/slip-reader.ts';
import type { TestCard } from '../../rig/model/card.ts';
import { legibleDigits, MASK_POLICIES } from '../../rig/model/mask-policy.ts';
import { MESSAGE_KINDS, type MessageKind } from '../../rig/model/message.ts';
import type { Receipt, ReceiptSource } from '../../rig/model/receipt.ts';
import { columnsOfText } from '../codec/escpos/columns.ts';
import { decodeEscPos } from '../codec/escpos/decoder.ts';
import { guessCharset } from '../codec/escpos/detect.ts';
import { checkCharset, widthOf } from './decode-escpos.ts';
import { FORBIDDEN, forbiddenContent, maskReceipt } from './forbidden.ts';
import { nexoReceipts } from './nexo-receipt.ts';
import { pictureSize, readPhoto } from './ocr/photo.ts';
import { hasPicturesOfText, readPictures } from './ocr/read-receipt.ts';
import { vocabularyOfLayout } from './ocr/reader.ts';
import { findTesseract } from './ocr/tesseract.ts';
import { needTesseract } from './receipt-file.ts';
import { folded } from './shapes.ts';
import { clearNumber, knownCards } from './shown.ts';
import { type ReceiptLayout, readSlip } from './slip.ts';
import { layoutFor } from './slip-layout.ts';
import { slipsOn } from './slips-on-one-paper.ts';

/** Dots of one half-width column, and of the narrowest paper. */
const COLUMN = 12;
const WIDTH = 384;
/** Lines of a text file that are longer are no lines of a slip. */
const COLUMNS_MAX = 64;

/** Slips out of captured printer bytes, a text file or a picture, read by label sets alone. */
export const slipReader: SlipReader = {
  async read(bytes: Uint8Array, wanted: SlipsWanted): Promise<readonly ReadSlip[]> {
    if (wanted.charset !== undefined) checkCharset(wanted.charset);
    if (wanted.width !== undefined) widthOf(String(wanted.width));
    const text = textOf(bytes);
    const width = wanted.width ?? (text === undefined ? WIDTH : widthOfText(text));
    const charset = wanted.charset ?? (text === undefined ? guessCharset(bytes) : 'utf-8');
    const layout = layoutFor(wanted.labels, Math.round(width / COLUMN));
    const isPicture = pictureSize(bytes) !== undefined;
    const told = text === undefined ? undefined : nexoReceipts(text, layout.columns);
    const receipts = told
      ? told
      : isPicture
        ? [await readPhoto(bytes, await needTesseract(), vocabularyOfLayout(layout))]
        : text !== undefined
          ? partsOf(text).flatMap((part) => decodeEscPos(Buffer.from(part), { charset, width }).receipts)
          : await withPicturesRead(decodeEscPos(bytes, { charset, width }).receipts, layout);
    const cards = knownCards(wanted.cards);
    const slips = receipts.flatMap((one) => slipsOn(one, layout, cards));
    return slips.map((receipt) => readOne(receipt, layout, cards, isPicture ? 'camera' : 'file'));
  },
};

/** A file that is text and no printer job: UTF-8 without control characters but line ends and tabs. */
function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d && byte !== 0x0c))
    return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Several slips in one text: between form feeds, or between the lines that `posrig decode escpos` ends each with. */
const partsOf = (text: string): readonly string[] =>
  text.split(/\f|^--- (?:cut|end) ---$/mu).filter((part) => part.trim() !== '');

function widthOfText(text: string): number {
  let widest = WIDTH / COLUMN;
  for (const line of text.split(/\r?\n/)) {
    const columns = line.length > COLUMNS_MAX ? COLUMNS_MAX : columnsOfText(line.trimEnd());
    widest = Math.max(widest, Math.min(columns, COLUMNS_MAX));
  }
  return widest * COLUMN;
}

/** Without a reader, what stands in pictures is not known, and nothing that rests on it is decided. */
async function withPicturesRead(receipts: readonly Receipt[], layout: ReceiptLayout): Promise<Receipt[]> {
  if (!receipts.some(hasPicturesOfText)) return [...receipts];
  const tool = await findTesseract();
  const read: Receipt[] = [];
  for (const one of receipts) {
    if (!hasPicturesOfText(one)) read.push(one);
    else
      read.push(tool ? await readPictures(one, tool, vocabularyOfLayout(layout)) : { ...one, unread: true });
  }
  return read;
}

function readOne(
  receipt: Receipt,
  layout: ReceiptLayout,
  shipped: readonly TestCard[],
  source: ReceiptSource,
): ReadSlip {
  const plain = readSlip(receipt, layout, 0, source);
  const cards = [...shipped, ...clearNumber(plain.fields['pan'])];
  const found = forbiddenContent(receipt, cards);
  // Nobody knows the card: any date behind the label of an expiry is one.
  if (/\d/.test((plain.fields['expiry'] ?? '').normalize('NFKC')) && !found.includes('expiry'))
    found.push('expiry');
  const kind = kindOf(plain.fields['type'], layout);
  const masked = readSlip(maskReceipt(receipt, cards), layout, 0, source);
  const hidden = hiddenOf(masked.fields);
  return {
    slip: { ...plain, forbidden: FORBIDDEN.filter((id) => found.includes(id)) },
    ...(kind ? { kind } : {}),
    shown: {
      fields: { ...masked.fields, ...hidden },
      lines: masked.lines.map((line) =>
        Object.entries(hidden).reduce((text, [name, value]) => {
          const printed = masked.fields[name];
          return printed ? text.replaceAll(printed, value) : text;
        }, line),
      ),
    },
  };
}

/** Card data that no card file knows: shown with less than is printed. */
function hiddenOf(fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const expiry = fields['expiry']?.normalize('NFKC').replace(/\d/g, '*');
  return { ...(expiry === undefined ? {} : { expiry }), ...panShown(fields['pan']) };
}

/** Of a number that is masked too little only what anybody may see is shown. */
function panShown(printed: string | undefined): Readonly<Record<string, string>> {
  const digits = legibleDigits(printed ?? '');
  if (!printed || !digits) return {};
  const { first, last } = MASK_POLICIES.first6last4;
  const few = digits.first.length <= first && digits.last.length <= last && digits.middle === '';
  if (few) return {};
  const start = digits.hides ? digits.first : digits.last;
  return { pan: `${start.slice(0, first)}******${digits.last.slice(-last)}` };
}

/** The transaction that a value of `type` names: the longest name in it decides. */
function kindOf(type: string | undefined, { headings }: ReceiptLayout): MessageKind | undefined {
  const said = squeezed(type ?? '');
  let best: { readonly kind: MessageKind; readonly length: number } | undefined;
  for (const kind of MESSAGE_KINDS)
    for (const name of headings[kind] ?? []) {
      const { length } = squeezed(name);
      if (said.includes(squeezed(name)) && length > (best?.length ?? 0)) best = { kind, length };
    }
  return best?.kind;
}

const squeezed = (text: string) => folded(text).replace(/\s/g, '').toUpperCase();
