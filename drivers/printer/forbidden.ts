import { type TestCard, track2Of } from '../../rig/model/card.ts';
import { asDigit } from '../../rig/model/look-alikes.ts';
import type { PaperBox, Receipt, ReceiptImage, ReceiptRun } from '../../rig/model/receipt.ts';
import { isNothingBut, picturedCodes } from '../codec/escpos/drawn-codes.ts';
import { readingOrder } from '../codec/escpos/text-lines.ts';
import { canHoldText } from './ocr/read-receipt.ts';
import { veiled, whitened } from './whitened.ts';

/** What must not stand on a receipt: found ids, never the content itself. */
export const FORBIDDEN = [
  'pan',
  'pan-in-barcode',
  'pan-in-picture',
  'track',
  'expiry',
  'cvv',
  'pin',
  'pin-block',
] as const;
export type Forbidden = (typeof FORBIDDEN)[number];

/**
 * Looks for card data of the test cards in a receipt in clear:
 * `pan` the full account number as text, also with blanks, hyphens or dots in between and over several lines;
 * `pan-in-barcode` in the content of a bar or QR code, `pan-in-picture` in what was read from a picture; `track` an account number followed by expiry and service code as on
 * a track, in text or code; `expiry` the card's expiry date behind a label; `cvv` any card verification value behind a
 * label (no card file holds one); `pin` its PIN behind a label; `pin-block` eight bytes in hex behind a label. Text that is
 * read from the other end, or downwards in a column, counts too. Of pictures only what was read is known.
 */
export function forbiddenContent(receipt: Receipt, cards: readonly TestCard[]): Forbidden[] {
  const found = new Set<Forbidden>();
  const cells = cellsOf(receipt);
  for (const finding of findings(cells, cards)) found.add(kindOf(finding, cells));
  for (const { payload } of receipt.barcodes) {
    for (const { kind } of findings(cellsOfText(payload), cards))
      found.add(kind === 'pan' ? 'pan-in-barcode' : kind);
  }
  return FORBIDDEN.filter((kind) => found.has(kind));
}

/** A number that was read from a picture, in part at least, is one in a picture. */
const kindOf = ({ kind, hidden }: Finding, cells: readonly Cell[]): Forbidden =>
  kind === 'pan' && hidden.some((place) => isRead(cells[place])) ? 'pan-in-picture' : kind;

const isRead = (cell: Cell | undefined) => cell?.owner?.confidence !== undefined;

/**
 * What may be card data in a picture if characters that look alike were taken for each other, or up to two digits were
 * misread, left out or too many: to be looked at by a person. What was found for certain is not suspected as well.
 */
export function suspectedContent(
  receipt: Receipt,
  cards: readonly TestCard[],
  found: readonly Forbidden[],
): Forbidden[] {
  if (found.includes('pan-in-picture')) return [];
  return suspicions(cellsOf(receipt), cards).length > 0 ? ['pan-in-picture'] : [];
}

/** Digits of an account number that a reader may get wrong. */
const MISREAD_MAX = 2;

/** Account numbers that were nearly read, in cells that come from a picture. */
function suspicions(cells: readonly Cell[], cards: readonly TestCard[]): Finding[] {
  const places: number[] = [];
  let digits = '';
  cells.forEach((cell, place) => {
    if (!isRead(cell)) {
      // Text that was sent as text ends what is read from a picture; line ends and gaps do not.
      if (cell.owner === undefined) return;
      digits += '|';
    } else {
      const char = plainChar(cell.char);
      if (SEPARATOR.test(char)) return;
      digits += asDigit(char) ?? '|';
    }
    places.push(place);
  });
  return cards.flatMap(({ pan }) =>
    endsOfNearly(pan, digits).map(({ end, wrong }): Finding => {
      // Where exactly it begins is not known then: rather a digit too many is hidden.
      const from = Math.max(0, end - pan.length + 6 - wrong);
      return { kind: 'pan', hidden: places.slice(from, end - 4) };
    }),
  );
}

/**
 * Where in `digits` a number ends that is `pan` but for at most `MISREAD_MAX` digits that were misread, left out or too
 * many (Sellers' algorithm). What cannot be a digit (`|`), such as an asterisk, was not misread: it hides one.
 */
function endsOfNearly(pan: string, digits: string): { readonly end: number; readonly wrong: number }[] {
  const start = Array.from({ length: pan.length + 1 }, (_, i) => i);
  let costs = start;
  const ends: { readonly end: number; readonly wrong: number }[] = [];
  for (let at = 0; at < digits.length; at++) {
    const digit = digits[at];
    if (digit === '|') {
      costs = start;
      continue;
    }
    const next = [0];
    for (let i = 1; i <= pan.length; i++) {
      const kept = (costs[i - 1] ?? i) + (pan[i - 1] === digit ? 0 : 1);
      next.push(Math.min(kept, (costs[i] ?? i) + 1, (next[i - 1] ?? i) + 1));
    }
    costs = next;
    const wrong = costs[pan.length] ?? pan.length;
    if (wrong <= MISREAD_MAX) ends.push({ end: at + 1, wrong });
  }
  // Beside the best end others are nearly as good.
  return ends.filter(({ end, wrong }) =>
    ends.every((other) => other.wrong >= wrong || Math.abs(other.end - end) > MISREAD_MAX),
  );
}

/**
 * The same receipt with what is forbidden replaced by asterisks, for reports: of an account number the first six and last
 * four digits stay. Where it was read from a picture, also where it is only suspected, the place is whitened in the picture.
 */
export function maskReceipt(receipt: Receipt, cards: readonly TestCard[]): Receipt {
  const cells = cellsOf(receipt);
  const hidden = [...findings(cells, cards), ...suspicions(cells, cards), ...pieces(cells, cards)];
  hide(cells, hidden);
  const places = new Set(hidden.flatMap((one) => one.hidden.flatMap((place) => cells[place]?.owner ?? [])));
  const covered: PaperBox[] = [...places].filter(({ confidence }) => confidence !== undefined);
  const texts = new Map<ReceiptRun, string>();
  for (const { owner, char } of cells) if (owner) texts.set(owner, (texts.get(owner) ?? '') + char);
  const barcodes = receipt.barcodes.map((code) => {
    const own = cellsOfText(code.payload);
    hide(own, findings(own, cards));
    const payload = own.map(({ char }) => char).join('');
    if (code.pictured && payload !== code.payload) covered.push(code);
    return { ...code, payload };
  });
  const codes = picturedCodes(receipt);
  const unread = (image: ReceiptImage) => receipt.unread === true && !isNothingBut(image, codes);
  return {
    ...receipt,
    runs: receipt.runs.map((run) => ({ ...run, text: texts.get(run) ?? run.text })),
    images: receipt.images.map((image) => maskedPicture(image, covered, unread(image))),
    barcodes,
    // What no command explains might be digits too; it is not shown on paper.
    unknown: [],
  };
}

/**
 * Lines of text with what is forbidden replaced by asterisks. More lines may follow: a number that has begun at the end is
 * hidden as far as it is longer than what a masked one shows.
 */
export function maskLines(lines: readonly string[], cards: readonly TestCard[]): readonly string[] {
  const cells = cellsOfText(lines.join('\n'));
  hide(cells, [...findings(cells, cards), ...pieces(cells, cards), ...beginnings(cells, cards)]);
  return cells
    .map(({ char }) => char)
    .join('')
    .split('\n');
}

/** What a masked number shows from its first and from its last digit. */
const [FIRST_SHOWN, LAST_SHOWN] = [6, 4];

/** Numbers that have begun and may go on behind the last cell: in reading order, from their other end, or downwards. */
function beginnings(cells: readonly Cell[], cards: readonly TestCard[]): Finding[] {
  const { dense, places } = denseText(cells.map(({ char }) => plainChar(char)).join(''));
  const found: Finding[] = [];
  const look = (digits: string, at: readonly number[], number: string, shown: number) => {
    for (let length = Math.min(number.length - 1, digits.length); length > shown; length--) {
      if (!digits.endsWith(number.slice(0, length))) continue;
      found.push({ kind: 'pan', hidden: at.slice(digits.length - length + shown, digits.length) });
      return;
    }
  };
  const columns = columnsOf(cells.map(({ char }) => plainChar(char)).join(''));
  for (const { pan } of cards) {
    look(dense, places, pan, FIRST_SHOWN);
    look(dense, places, [...pan].reverse().join(''), LAST_SHOWN);
    for (const column of columns) look(column.dense, column.places, pan, FIRST_SHOWN);
  }
  return found;
}

/** Longer than any identification of an issuer; zeros before the end of a number, as sequence numbers have them, tell nothing. */
const START_SHOWN = 8;
const END_SHOWN = 7;

/** The start or the end of an account number by itself: the rest of it may stand on another copy. No finding by itself. */
function pieces(cells: readonly Cell[], cards: readonly TestCard[]): Finding[] {
  const found: Finding[] = [];
  const text = cells.map(({ char }) => plainChar(char)).join('');
  for (const { index, 0: group } of text.matchAll(/\d(?:[ .·-]?\d){7,}/gu)) {
    const places: number[] = [];
    for (let i = 0; i < group.length; i++) if (/\d/.test(group.charAt(i))) places.push(index + i);
    const digits = group.replace(/\D/g, '');
    for (const { pan } of cards) {
      // What is as long as the number is that number, or another.
      if (digits.length >= pan.length) continue;
      const from = digits.indexOf(pan.slice(0, START_SHOWN + 1));
      let start = 0;
      while (from >= 0 && start < pan.length && digits[from + start] === pan[start]) start++;
      if (start > START_SHOWN) found.push({ kind: 'pan', hidden: places.slice(from + 6, from + start) });
      let end = 0;
      while (end < pan.length && end < digits.length && digits.at(-1 - end) === pan.at(-1 - end)) end++;
      if (pan.slice(pan.length - end).replace(/^0+/, '').length > END_SHOWN)
        found.push({ kind: 'pan', hidden: places.slice(digits.length - end, -4) });
    }
  }
  return found;
}

/** What was not read may show anything. */
const maskedPicture = (image: ReceiptImage, covered: readonly PaperBox[], unread: boolean): ReceiptImage =>
  unread && canHoldText(image) ? veiled(image) : covered.length === 0 ? image : whitened(image, covered);

/** One character of the paper, in reading order. Gaps and line ends have no owner. */
interface Cell {
  readonly owner: ReceiptRun | undefined;
  char: string;
}

function cellsOf(receipt: Receipt): Cell[] {
  const cells: Cell[] = [];
  for (const row of readingOrder(receipt)) {
    let end: number | undefined;
    for (const run of row) {
      if (end !== undefined && run.x > end) cells.push({ owner: undefined, char: ' ' });
      for (const char of run.text) cells.push({ owner: run, char });
      end = run.x + run.width;
    }
    cells.push({ owner: undefined, char: '\n' });
  }
  return cells;
}

const cellsOfText = (text: string): Cell[] => [...text].map((char) => ({ owner: undefined, char }));

interface Finding {
  readonly kind: Forbidden;
  /** Indices of the cells that must be hidden. */
  readonly hidden: readonly number[];
}

/** Full-width digits are digits. One code unit a cell, so that places in the text are places of cells. */
const plainChar = (char: string) => {
  if (char.length === 1 && char.charCodeAt(0) < 0x80) return char.toUpperCase();
  const plain = char.normalize('NFKC').toUpperCase();
  return plain.length === 1 ? plain : '\u25a1';
};

/** What people and programs put between groups of digits, also the edges of table cells. */
const SEPARATOR = /[\s\p{Pd}.\u00b7_|\u2500-\u257f\ufffd]/u;

const isAlphanumeric = (code: number) =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);

/** Characters without what may stand between them, and where they stand. */
interface Dense {
  readonly dense: string;
  readonly places: readonly number[];
}

function denseText(text: string): Dense {
  const places: number[] = [];
  let dense = '';
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (!isAlphanumeric(text.charCodeAt(i)) && SEPARATOR.test(char)) continue;
    places.push(i);
    dense += char;
  }
  return { dense, places };
}

function findings(cells: readonly Cell[], cards: readonly TestCard[]): Finding[] {
  const text = cells.map(({ char }) => plainChar(char)).join('');
  const { dense, places } = denseText(text);
  const at = (from: number, to: number) => places.slice(from, to);
  const found: Finding[] = [];
  for (const { pan } of cards) {
    // Set from the other end, as on paper that is read upside down.
    const back = [...pan].reverse().join('');
    for (let from = dense.indexOf(back); from >= 0; from = dense.indexOf(back, from + 1))
      found.push({ kind: 'pan', hidden: at(from + 4, from + pan.length - 6) });
  }
  found.push(...inColumns(text, cards));
  for (const card of cards) {
    const { pan } = card;
    for (let from = dense.indexOf(pan); from >= 0; from = dense.indexOf(pan, from + 1)) {
      found.push({ kind: 'pan', hidden: at(from + 6, from + pan.length - 4) });
      const behind = /^(?:[=D]|\^[^^]{0,26}\^)\d{4,}/.exec(
        dense.slice(from + pan.length, from + pan.length + 80),
      );
      if (behind) {
        const start = from + pan.length;
        found.push({ kind: 'track', hidden: at(start, start + behind[0].length) });
      }
    }
    // Expiry, service code and discretionary data of a track, even if the number before them is masked.
    const tail = track2Of(card).slice(pan.length + 1, pan.length + 8);
    for (const match of dense.matchAll(new RegExp(`[=D]${tail}\\d*`, 'g'))) {
      found.push({ kind: 'track', hidden: at(match.index + 1, match.index + match[0].length) });
    }
  }
  // Tracks of cards that nobody knows, by their form: they begin with a sentinel, or name a month behind the number.
  for (const form of TRACK_FORMS) {
    for (const { index, 0: whole, 1: before = '', 2: number = '' } of dense.matchAll(form)) {
      const from = index + before.length;
      const middle = at(from + 6, from + number.length - 4);
      found.push({ kind: 'track', hidden: [...middle, ...at(from + number.length, index + whole.length)] });
    }
  }
  found.push(...labelled(text, EXPIRY, 'expiry', new Set(cards.flatMap(expiryForms))));
  found.push(...labelled(text, PIN, 'pin', new Set(cards.map(({ pin }) => pin))));
  found.push(...labelled(text, CVV, 'cvv'), ...labelled(text, PIN_BLOCK, 'pin-block'));
  return found;
}

/** Tracks 2 and 1 (ISO/IEC 7813): what stands before the number, and the number. */
const TRACK_FORMS: readonly RegExp[] = [
  /(;)(\d{12,19})=\d{4,}/g,
  /((?<!\d))(\d{13,19})=\d\d(?:0[1-9]|1[0-2])\d{3,}/g,
  /(%B)(\d{12,19})\^[^^]{0,26}\^\d{4,}/g,
];

/** Labels, perhaps in two languages and with the value on the next line. */
const behindLabel = (label: string, value: string) =>
  new RegExp(`(?:(?:${label})(?:[\\s.]*DATE)?[\\s/().:-]*)+(${value})`, 'dgu');
const EXPIRY = behindLabel(
  '有效期[至限]?|失效日期|\\bEXP(?:IRY|IRES|IRATION|D)?\\b|\\bVALID\\s*(?:THRU|TO|UNTIL|THROUGH)',
  '\\d{2,4}\\s?[/.-]?\\s?\\d{2,4}',
);
const PIN = behindLabel('密码|密碼|\\bPIN\\b', '\\d{4,12}');

const CVV = behindLabel('\\bC(?:VV|VC|VN|SC|AV)2?\\b|安全码', '\\d{3,4}(?!\\d)');
const PIN_BLOCK = behindLabel('PIN\\s?-?BLOCK|密码块|密码密文', '[0-9A-F]{16}(?![0-9A-F])');

/** Digits in one column, each on a line of its own or so many lines below each other. */
function inColumns(text: string, cards: readonly TestCard[]): Finding[] {
  const found: Finding[] = [];
  for (const { dense, places } of columnsOf(text)) {
    for (const { pan } of cards) {
      const from = dense.indexOf(pan);
      if (from >= 0) found.push({ kind: 'pan', hidden: places.slice(from + 6, from + pan.length - 4) });
    }
  }
  return found;
}

/** The digits of every column, from above. */
function columnsOf(text: string): Dense[] {
  const lines = text.split('\n');
  const starts: number[] = [];
  let at = 0;
  for (const line of lines) {
    starts.push(at);
    at += line.length + 1;
  }
  const width = Math.min(200, Math.max(0, ...lines.map((line) => line.length)));
  const found: Dense[] = [];
  for (let column = 0; column < width; column++) {
    const places: number[] = [];
    let dense = '';
    lines.forEach((line, row) => {
      const char = line.charAt(column);
      if (!/\d/.test(char)) return;
      places.push((starts[row] ?? 0) + column);
      dense += char;
    });
    found.push({ dense, places });
  }
  return found;
}

/** YYMM on the card; people print MMYY, and either with the century. */
function expiryForms({ expiry }: TestCard): string[] {
  const [year, month] = [expiry.slice(0, 2), expiry.slice(2)];
  return [expiry, month + year, `20${year}${month}`, `${month}20${year}`];
}

function labelled(text: string, pattern: RegExp, kind: Forbidden, values?: ReadonlySet<string>): Finding[] {
  const found: Finding[] = [];
  for (const match of text.matchAll(pattern)) {
    const [from, to] = match.indices?.[1] ?? [0, 0];
    if (values && !values.has(text.slice(from, to).replace(/\D/g, ''))) continue;
    found.push({ kind, hidden: Array.from({ length: to - from }, (_, i) => from + i) });
  }
  return found;
}

/** Digits become asterisks of the same width. */
function hide(cells: readonly Cell[], found: readonly Finding[]): void {
  for (const { kind, hidden } of found) {
    const secret = kind === 'pin-block' ? /[\p{Nd}A-F]/iu : /\p{Nd}/u;
    for (const place of hidden) {
      const cell = cells[place];
      // A letter that was read for a digit tells the digit.
      if (cell && isRead(cell) && asDigit(plainChar(cell.char)) !== undefined) cell.char = '*';
      else if (cell && secret.test(cell.char.normalize('NFKC')))
        cell.char = cell.char.charCodeAt(0) > 0xff ? '\uff0a' : '*';
    }
  }
}
