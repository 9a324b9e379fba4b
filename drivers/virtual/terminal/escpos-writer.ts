import iconv from 'iconv-lite';
import { cellsOf, printable, wrap } from './display.ts';
import { drawn } from './raster.ts';

const ESC = 0x1b;
const FS = 0x1c;
const GS = 0x1d;

/** Columns of the paper in half-width cells (58 mm paper, 384 dots, 12-dot font). */
export const PAPER_COLUMNS = 32;

/** DLE EOT 4: asks for the paper sensor; answered by one byte. */
export const ASK_PAPER = Uint8Array.of(0x10, 0x04, 0x04);
/** DLE EOT 2: asks why the printer is off line; answered by one byte, also while it takes no data. */
export const ASK_CAUSE = Uint8Array.of(0x10, 0x04, 0x02);

/** Puts a slip together as ESC/POS commands with GB18030 text. Calls can be chained; `bytes()` gives the result. */
export interface EscposWriter {
  /** One line, ended by LF. Left to wrap by the printer if longer than the paper. */
  line(text?: string): EscposWriter;
  /** A centred line: of double width and height, or bold. */
  heading(text: string, style: 'large' | 'bold'): EscposWriter;
  /** A line of double width and height. */
  large(text: string): EscposWriter;
  /** `label:` and its value, on the same line where it fits, else the value on lines of its own. */
  field(label: string, value: string): EscposWriter;
  /** A line of bytes as they are, e.g. text that was cut to a length in bytes. */
  lineOfBytes(bytes: Uint8Array): EscposWriter;
  /** A QR code, model 2, error correction L, modules of 4 dots. */
  qr(payload: string): EscposWriter;
  /** Lines that the firmware draws itself and prints as a picture. */
  picture(lines: readonly string[]): EscposWriter;
  rule(): EscposWriter;
  feed(lines: number): EscposWriter;
  /** Partial cut after feeding the slip past the cutter. */
  cut(): EscposWriter;
  bytes(): Uint8Array;
}

/**
 * Starts a slip: ESC @ (initialise), FS & (Chinese on), ESC ! 0 (normal font: some models keep it over ESC @).
 * @param words what the firmware writes, in the words of the model
 */
export function escposWriter(words: (text: string) => string = (text) => text): EscposWriter {
  const parts: Uint8Array[] = [Uint8Array.of(ESC, 0x40, FS, 0x26, ESC, 0x21, 0)];
  const put = (...bytes: number[]) => {
    parts.push(Uint8Array.from(bytes));
  };
  const text = (value: string) => {
    parts.push(iconv.encode(printable(words(value)), 'gb18030'));
    put(0x0a);
  };
  const sized = (value: string) => {
    put(GS, 0x21, 0x11);
    text(value);
    put(GS, 0x21, 0x00);
  };
  const writer: EscposWriter = {
    line: (value = '') => {
      text(value);
      return writer;
    },
    heading: (value, style) => {
      put(ESC, 0x61, 1);
      if (style === 'large') sized(value);
      else {
        put(ESC, 0x45, 1);
        text(value);
        put(ESC, 0x45, 0);
      }
      put(ESC, 0x61, 0);
      return writer;
    },
    large: (value) => {
      sized(value);
      return writer;
    },
    field: (label, value) => {
      const together = words(`${label}: ${value}`);
      if (cellsOf(together) <= PAPER_COLUMNS) return writer.line(together);
      writer.line(`${label}:`);
      for (const piece of wrap(value, PAPER_COLUMNS)) writer.line(piece);
      return writer;
    },
    lineOfBytes: (bytes) => {
      parts.push(bytes);
      put(0x0a);
      return writer;
    },
    qr: (payload) => {
      const data = Buffer.from(payload, 'ascii');
      const length = data.length + 3;
      put(GS, 0x28, 0x6b, 3, 0, 0x31, 0x43, 4);
      put(GS, 0x28, 0x6b, length & 0xff, length >> 8, 0x31, 0x50, 0x30);
      parts.push(data);
      put(GS, 0x28, 0x6b, 3, 0, 0x31, 0x51, 0x30);
      return writer;
    },
    picture: (lines) => {
      const text = lines.map((one) => `${printable(one)}\n`).join('');
      parts.push(drawn(iconv.encode(text, 'gb18030')));
      return writer;
    },
    rule: () => writer.line('-'.repeat(PAPER_COLUMNS)),
    feed: (lines) => {
      put(ESC, 0x64, lines);
      return writer;
    },
    cut: () => {
      put(GS, 0x56, 0x42, 0);
      return writer;
    },
    bytes: () => Buffer.concat(parts),
  };
  return writer;
}
