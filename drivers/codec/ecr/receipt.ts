import iconv from 'iconv-lite';
import { columnsOfText } from '../escpos/columns.ts';
import type { ReceiptSetup } from './protocol.ts';

/** One line of a receipt as a protocol tells it. */
export interface PaperLine {
  readonly text: string;
  readonly bold?: boolean | undefined;
  /** Times as wide and as high as ordinary text. */
  readonly wide?: number | undefined;
  readonly high?: number | undefined;
}

/** What one message adds to a receipt. */
export interface Told {
  readonly lines: readonly PaperLine[];
  /** The receipt ends here; what follows is another one. */
  readonly over: boolean;
}

/** Understands the texts of receipts in the order in which they come. */
export interface ReceiptReader {
  /** Takes the text of one message; in it a receipt may end and another one begin. */
  push(text: string): readonly Told[];
}

type Style = ReceiptSetup['styles'][string];

/**
 * A receipt is one text over any number of messages: a mark ends a line, others say how the line behind them is printed, and
 * a line that is full ends by itself. A style lasts for its line (ECR17, send ticket).
 */
export function receiptReader({ columns, line, end, styles }: ReceiptSetup): ReceiptReader {
  let text = '';
  let style: Style = {};
  return {
    push: (piece) => {
      const told: Told[] = [];
      let lines: PaperLine[] = [];
      const feed = () => {
        const { columns: _, ...look } = style;
        lines.push({ text: text.trimEnd(), ...look });
        text = '';
        style = {};
      };
      for (const char of piece) {
        if (char === end) {
          if (text !== '') feed();
          told.push({ lines: withoutFeed(lines), over: true });
          lines = [];
        } else if (char === line) feed();
        else if (Object.hasOwn(styles, char)) {
          if (text !== '') feed();
          style = styles[char] ?? {};
        } else {
          text += char;
          if (columnsOfText(text) >= (style.columns ?? columns)) feed();
        }
      }
      if (lines.length > 0) told.push({ lines, over: false });
      return told;
    },
  };
}

/** Empty lines at the end push the paper out. */
const withoutFeed = (lines: readonly PaperLine[]): readonly PaperLine[] =>
  lines.slice(0, lines.findLastIndex(({ text }) => text !== '') + 1);

/** Lines that push the paper out of a printer. */
const FEED = 6;

/**
 * The texts that tell a receipt, each short enough for a message. Text that no style has room for is broken; characters that
 * are marks, or that the encoding of the protocol cannot say, are left out.
 */
export function receiptTexts(
  setup: ReceiptSetup,
  paper: readonly PaperLine[],
  encoding = 'latin1',
): readonly string[] {
  const { columns, line, end, styles, longest } = setup;
  const marks = new Set([line, end, ...Object.keys(styles)]);
  const whole = paper
    .flatMap((one) => {
      const bare = [...one.text].filter((char) => !marks.has(char) && canSay(encoding, char)).join('');
      // What was left out in front has left no place behind.
      const placed = /^\s/.test(one.text) ? bare : bare.trimStart();
      const whole = bare.trim() === '' ? '' : placed.trimEnd();
      const narrow = whole.replaceAll(/ {2,}/g, ' ');
      // What is large is there to be seen: rather than to print it small, blanks are left out.
      const isLarge = (one.wide ?? one.high ?? 1) > 1;
      const text = isLarge && columnsOfText(whole) > columns / (one.wide ?? 1) ? narrow : whole;
      const mark = markFor(setup, one, columnsOfText(text));
      const width = (mark === '' ? columns : styles[mark]?.columns) ?? columns;
      // A line that is full ends by itself: a mark behind it would be another, empty one.
      return brokenAt(width, text).map(
        (piece) => `${mark}${piece}${columnsOfText(piece) < width ? line : ''}`,
      );
    })
    .join('');
  const told = `${whole}${line.repeat(FEED)}${end}`;
  return told.match(new RegExp(`[^]{1,${longest}}`, 'g')) ?? [];
}

/** Whether an encoding has a printable character. */
const canSay = (encoding: string, char: string): boolean =>
  /[^\p{Cc}\p{Cf}]/u.test(char) && iconv.decode(iconv.encode(char, encoding), encoding) === char;

/** Pieces of at most so many columns. */
function brokenAt(width: number, text: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const char of text) {
    if (piece !== '' && columnsOfText(piece + char) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += char;
  }
  return [...pieces, piece];
}

/** The style that has the look of a line; of one that is too long for ordinary text, the one with the most room. */
function markFor(
  { columns, styles }: ReceiptSetup,
  { bold, wide, high }: Omit<PaperLine, 'text'>,
  length: number,
): string {
  // A style that a line does not ask for is none of its; one that has both size and weight of it is the best.
  const asked = { wide: (wide ?? 1) > 1, high: (high ?? 1) > 1, bold: bold === true };
  const [wanted] = Object.entries(styles)
    .filter(
      ([, style]) =>
        (asked.high || (style.high ?? 1) === 1) &&
        (asked.wide || (style.wide ?? 1) === 1) &&
        ((asked.high && (style.high ?? 1) > 1) ||
          (asked.wide && (style.wide ?? 1) > 1) ||
          (asked.bold && style.bold)) &&
        length <= (style.columns ?? columns),
    )
    .toSorted(([, one], [, other]) => (other.high ?? 1) - (one.high ?? 1));
  if (wanted) return wanted[0];
  if (length <= columns) return '';
  const [roomy] = Object.entries(styles).toSorted(([, a], [, b]) => (b.columns ?? 0) - (a.columns ?? 0));
  return roomy && (roomy[1].columns ?? 0) > columns ? roomy[0] : '';
}
