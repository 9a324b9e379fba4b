/** A conversation out of a log: bytes in hex behind a time and words that say who spoke, in whatever form somebody's till writes it. */

/** What one speaker said until another one did: the bytes of lines behind each other, which may cut messages anywhere. */
export interface Said {
  readonly bytes: Uint8Array;
  /** Lines of the text, from 1, each with the offset of its first byte. */
  readonly lines: readonly { readonly line: number; readonly at: number }[];
}

interface Line {
  readonly line: number;
  /** The words in front of the bytes; empty for a line of nothing but bytes, which goes on with the one before. */
  readonly speaker: string;
  readonly bytes: Uint8Array;
}

/** Fewer bytes than this may be a number that a log tells, unless the same words stand before longer ones. */
const FEWEST = 3;
const TIMES = new RegExp(
  [
    String.raw`\b\d{4}[-/.]\d{2}[-/.]\d{2}(?:[T ]+\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?`,
    String.raw`\b\d{1,2}\.\d{1,2}\.\d{2,4}\b`,
    String.raw`(?<![:\w])\d{1,2}:\d{2}:\d{2}(?:[.,:]\d{3,})?(?![:\w])`,
  ].join('|'),
  'g',
);
/** Pairs of hex digits, one separator between two of them. */
const RUN =
  /(?<![0-9A-Za-z.+])(?:0x)?(?:[0-9a-f]{2})+(?:(?:[ :,|-]|, )(?:0x)?(?:[0-9a-f]{2})+)*(?![0-9A-Za-z])/gi;
/** What may stand behind the bytes: the end of a quotation, a list, a string of JSON. */
const TAIL = /^[\s|,;"'`)\]}>.]*$/;
/** A row of a stream as Wireshark follows it: the one side's rows begin further in than the other's. */
const ROW = /^(\s*)[0-9a-f]{8} {2}((?:[0-9a-f]{2} ){1,8} ?(?:[0-9a-f]{2} ){0,8})(?: .*)?$/i;
const ESCAPED =
  /(["'])((?:\\x[0-9a-f]{2}|\\[nrt0abfv\\'"]|[^\\\n])*?\\x[0-9a-f]{2}(?:\\x[0-9a-f]{2}|\\[nrt0abfv\\'"]|[^\\\n])*?)\1/i;

/**
 * What a log says, in its order. Lines of one speaker behind each other are one stream: a driver that reads its port in pieces
 * logs pieces. Empty when the text has no hex in it.
 */
export function saidIn(text: string): Said[] {
  const lines = text.split(/\r?\n/).flatMap((line, i): Line[] => {
    const found = lineOf(line);
    return found ? [{ line: i + 1, ...found }] : [];
  });
  const speakers = new Set(lines.filter(({ bytes }) => bytes.length >= FEWEST).map(({ speaker }) => speaker));
  const said: { speaker: string; parts: Line[] }[] = [];
  for (const one of lines) {
    const last = said.at(-1);
    if (one.bytes.length > 0 && one.bytes.length < FEWEST && !speakers.has(one.speaker)) continue;
    if (last && (one.speaker === '' || one.speaker === last.speaker)) last.parts.push(one);
    else said.push({ speaker: one.speaker, parts: [one] });
  }
  return said.flatMap(({ parts }) => {
    const full = parts.filter(({ bytes }) => bytes.length > 0);
    let at = 0;
    const begins = full.map(({ line, bytes }) => {
      const begin = { line, at };
      at += bytes.length;
      return begin;
    });
    return full.length > 0
      ? [{ bytes: Uint8Array.from(full.flatMap(({ bytes }) => [...bytes])), lines: begins }]
      : [];
  });
}

/** The bytes of a line and the words before them; a heading (`RX (37 bytes):`) has words alone. */
function lineOf(line: string): Omit<Line, 'line'> | undefined {
  const [, indent = '', row] = ROW.exec(`${line} `) ?? [];
  if (row !== undefined)
    return { speaker: `row ${indent}`, bytes: Uint8Array.from(Buffer.from(digitsOf(row), 'hex')) };
  const bare = line.replaceAll(TIMES, (time) => ' '.repeat(time.length));
  const escaped = ESCAPED.exec(bare);
  if (escaped) return { speaker: wordsOf(bare.slice(0, escaped.index)), bytes: unescaped(escaped[2] ?? '') };
  const runs = [...bare.matchAll(RUN)].map((match) => ({ from: match.index, shown: match[0] }));
  const last = runs.at(-1);
  // Behind the longest may stand the same bytes as characters; of two as long the one behind it is what was said.
  const longest = runs.toReversed().toSorted((a, b) => b.shown.length - a.shown.length)[0];
  const atEnd = last && TAIL.test(bare.slice(last.from + last.shown.length)) ? last : undefined;
  const found = longest && digitsOf(longest.shown).length >= 2 * FEWEST ? longest : atEnd;
  if (found) {
    const bytes = Uint8Array.from(Buffer.from(digitsOf(found.shown), 'hex'));
    return { speaker: wordsOf(bare.slice(0, found.from)), bytes };
  }
  return /:\s*$/.test(bare) ? { speaker: wordsOf(bare), bytes: new Uint8Array(0) } : undefined;
}

const digitsOf = (shown: string): string => shown.replaceAll(/0x|[^0-9a-f]/gi, '');

/** Who speaks: the words and arrows, without what numbers them. */
const wordsOf = (before: string): string => before.replaceAll(/[\d\s{[("'`|:,;.]+/g, ' ').trim();

const NAMED: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, '0': 0, a: 7, b: 8, f: 12, v: 11 };

/** The bytes of a string as Python and C write them. */
function unescaped(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const [, hex, named, plain] of text.matchAll(/\\x([0-9a-f]{2})|\\(.)|([^\\])/gi)) {
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (named !== undefined) bytes.push(NAMED[named] ?? named.charCodeAt(0));
    else bytes.push((plain ?? '').charCodeAt(0) & 0xff);
  }
  return Uint8Array.from(bytes);
}
