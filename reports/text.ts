import stringWidth from 'string-width';

/** Longest text of one value in a report, characters; the journal keeps the whole. */
const LONGEST = 600;

/** Characters that reorder what stands around them (Unicode bidirectional formatting). */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * A text of the journal as it may stand in any report: what a device or a file put there must neither drive a terminal
 * nor hide or reorder its surroundings. Control characters become visible, texts beyond `longest` are cut and say so.
 */
export function printable(text: string, longest = LONGEST): string {
  const short = text.length > longest ? `${text.slice(0, longest)}… (+${text.length - longest})` : text;
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
  if (stringWidth(text) <= cells) return text;
  let cut = '';
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    const next = stringWidth(segment);
    if (width + next > cells - 1) break;
    cut += segment;
    width += next;
  }
  return `${cut}…`;
}

/** Fills a text with blanks to a number of terminal cells. */
export const pad = (text: string, cells: number): string =>
  text + ' '.repeat(Math.max(0, cells - stringWidth(text)));

/** Breaks a text into lines of at most `cells`, at blanks where there are any. */
export function wrap(text: string, cells: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    const next = stringWidth(segment);
    if (width + next > cells) {
      const blank = line.lastIndexOf(' ');
      const keep = blank > 0 ? line.slice(0, blank) : line;
      lines.push(keep);
      line = blank > 0 ? line.slice(blank + 1) : '';
      width = stringWidth(line);
    }
    line += segment;
    width += next;
  }
  if (line) lines.push(line);
  return lines;
}
