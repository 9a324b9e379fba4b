import stringWidth from 'string-width';

/** Longest text of one value in a report, characters; the journal keeps the whole. */
const LONGEST = 600;

/** Characters that reorder what stands around them (Unicode bidirectional formatting). */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** Texts of Latin letters, Chinese and their punctuation only. */
const PLAIN = /^[\n\t\x20-\x7e\u00a1-\u02ff\u2010-\u2027\u2190-\u2193\u3000-\u9fff\uff01-\uff5e]*$/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * Cells that a text takes in a terminal, or half ems on paper; a Chinese character takes two. Texts of Latin letters, Chinese
 * and their punctuation, which is nearly all, are measured without taking them apart into graphemes.
 */
export function widthOf(text: string): number {
  let width = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code >= 0x20 && code < 0x7f) || NARROW.some(([from, to]) => code >= from && code <= to)) width += 1;
    else if (WIDE.some(([from, to]) => code >= from && code <= to)) width += 2;
    else return stringWidth(text);
  }
  return width;
}

/** Latin letters, dashes and quotes, arrows, signs, lines and ticks: one cell each (East Asian Width N, Na or A), none of them joins with others. */
const NARROW = [
  [0xa1, 0xac],
  [0xae, 0x24f],
  [0x2010, 0x2027],
  [0x2190, 0x22ff],
  [0x2500, 0x25fc],
  [0x2713, 0x2718],
] as const;
/** Ideographs and their punctuation, full-width forms: two cells each (East Asian Width W or F). */
const WIDE = [
  [0x4e00, 0x9fff],
  [0x3001, 0x3029],
  [0xff01, 0xff5e],
] as const;

/**
 * A text of the journal as it may stand in any report: what a device or a file put there must neither drive a terminal
 * nor hide or reorder its surroundings. Control characters become visible, texts beyond `longest` are cut and say so.
 */
export function printable(text: string, longest = LONGEST): string {
  const short = text.length > longest ? `${text.slice(0, longest)}… (+${text.length - longest})` : text;
  // Most texts have none of them, and looking once is a quarter of replacing three times.
  if (PLAIN.test(short)) return short;
  return short
    .replace(LONE_SURROGATE, '\ufffd')
    .replace(BIDI, (char) => `⟨U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`)
    .replace(CONTROL, (char) => {
      const code = char.charCodeAt(0);
      return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd';
    });
}

/** The same on one line. */
export const oneLine = (text: string, longest?: number): string =>
  printable(text.replace(/\s+/g, ' ').trim(), longest);

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Cuts a text to a number of terminal cells; a Chinese character takes two. */
export function clip(text: string, cells: number): string {
  if (widthOf(text) <= cells) return text;
  let cut = '';
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    const next = widthOf(segment);
    if (width + next > cells - 1) break;
    cut += segment;
    width += next;
  }
  return `${cut}…`;
}

/** Fills a text with blanks to a number of terminal cells. */
export const pad = (text: string, cells: number): string =>
  text + ' '.repeat(Math.max(0, cells - widthOf(text)));

/** Breaks a text into lines of at most `cells`, at blanks where there are any. */
export function wrap(text: string, cells: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    const next = widthOf(segment);
    if (width + next > cells) {
      const blank = line.lastIndexOf(' ');
      const keep = blank > 0 ? line.slice(0, blank) : line;
      lines.push(keep);
      line = blank > 0 ? line.slice(blank + 1) : '';
      width = widthOf(line);
    }
    line += segment;
    width += next;
  }
  if (line) lines.push(line);
  return lines;
}
