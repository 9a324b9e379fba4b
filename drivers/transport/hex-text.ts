/** Bytes that somebody shows as text: dumps with offsets and a column of characters, and hex among the words of a log. */
export interface ShownBytes {
  readonly bytes: Uint8Array;
  /** Line of the text where they begin, from 1. */
  readonly line: number;
}

const ROW = /^\s*(?:0x)?([0-9a-f]{3,8})(?::\s*|\s+)(?=[0-9a-f]{2})/i;

interface Row {
  readonly line: number;
  readonly text: string;
  readonly offset: string;
  /** Where the bytes begin in the text. */
  readonly from: number;
}

/**
 * The dumps in a text: lines of an offset, bytes in hex and perhaps the same bytes as characters, as Wireshark, `xxd`,
 * `hexdump -C`, `od` and many logs write them. The offsets (hex, decimal or octal) say how many bytes a line has, so that
 * digits among the characters are not taken for bytes. A dump ends where an offset of zero, or another line, follows. Empty
 * when there are none.
 */
export function dumpsIn(text: string): ShownBytes[] {
  const found: ShownBytes[] = [];
  let rows: Row[] = [];
  const close = () => {
    const bytes = bytesOf(rows);
    const line = rows[0]?.line;
    if (bytes && line !== undefined) found.push({ bytes, line });
    rows = [];
  };
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const match = ROW.exec(line);
    if (!match || /^0+$/.test(match[1] ?? '')) close();
    if (match) rows.push({ line: i + 1, text: line, offset: match[1] ?? '', from: match[0].length });
  }
  close();
  return found;
}

/** The bytes of one dump, in the first base in which its offsets and its bytes agree. */
function bytesOf(rows: readonly Row[]): Uint8Array | undefined {
  if (!/^0+$/.test(rows[0]?.offset ?? '')) return undefined;
  for (const base of [16, 10, 8]) {
    const bytes = inBase(rows, base);
    if (bytes) return bytes;
  }
  return undefined;
}

function inBase(rows: readonly Row[], base: number): Uint8Array | undefined {
  const bytes: number[] = [];
  // Behind this column no line has bytes; known from the lines whose number of bytes is known.
  let end = 0;
  let widest = 0;
  for (const [i, row] of rows.entries()) {
    if (Number.parseInt(row.offset, base) !== bytes.length) return undefined;
    const next = rows[i + 1];
    const count = next ? Number.parseInt(next.offset, base) - bytes.length : undefined;
    if (count !== undefined && !(count > 0 && count <= 256)) return undefined;
    const taken = take(row, count, end || undefined, widest || undefined);
    if (!taken || (count !== undefined && taken.bytes.length !== count)) return undefined;
    bytes.push(...taken.bytes);
    end = Math.max(end, taken.end);
    widest = Math.max(widest, taken.bytes.length);
  }
  return Uint8Array.from(bytes);
}

/** The bytes of a line: so many, or those before a column, or those before a gap and something that is no byte. */
function take(
  { text, from }: Row,
  count: number | undefined,
  column: number | undefined,
  most = 256,
): { readonly bytes: readonly number[]; readonly end: number } | undefined {
  const shown = count === undefined && column !== undefined ? text.slice(0, column) : text;
  const group = /([ \t-]*)((?:[0-9a-f]{2})+)(?![0-9a-z])/giy;
  group.lastIndex = from;
  const bytes: number[] = [];
  let end = from;
  for (let match = group.exec(shown); match; match = group.exec(shown)) {
    const [, gap = '', digits = ''] = match;
    const known = count ?? (column === undefined ? undefined : most);
    if (known === undefined && bytes.length > 0) {
      // A line by itself: half-way there may be a gap of two, before the characters there is one at least as wide.
      if (gap.length > 2 || (gap.length === 2 && bytes.length !== 8)) break;
    }
    if (bytes.length >= (known ?? most)) break;
    for (let i = 0; i < digits.length; i += 2) bytes.push(Number.parseInt(digits.slice(i, i + 2), 16));
    end = group.lastIndex;
  }
  return bytes.length > 0 ? { bytes, end } : undefined;
}

/** Less than this is not worth being taken for a message, bytes. */
const FEWEST = 10;
const TOKEN = new RegExp(`(?<![0-9A-Za-z])(?:0x)?((?:[0-9a-f]{2}){${FEWEST},})(?![0-9A-Za-z])`, 'gi');
const PAIRS = new RegExp(
  `(?<![0-9A-Za-z])((?:(?:0x|\\\\x)?[0-9a-f]{2}[ ,:]+){${FEWEST - 1},}(?:0x|\\\\x)?[0-9a-f]{2})(?![0-9A-Za-z])`,
  'gi',
);

/**
 * The longest hex in each line of a log, one word or pairs of digits; lines of nothing but hex that follow belong to it.
 * Empty when there is none.
 */
export function hexRunsIn(text: string): ShownBytes[] {
  const found: { digits: string; line: number }[] = [];
  let open = false;
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const digits = longest(line);
    const bare = /^[\s0-9a-f]+$/i.test(line) && /[0-9a-f]{2}/i.test(line);
    const last = found.at(-1);
    if (bare && open && last) last.digits += line.replace(/\s/g, '');
    else if (digits !== undefined) found.push({ digits, line: i + 1 });
    open = bare ? open : digits !== undefined && line.trimEnd().toLowerCase().endsWith(lastPair(digits));
  }
  return found
    .filter(({ digits }) => digits.length % 2 === 0)
    .map(({ digits, line }) => ({ bytes: Uint8Array.from(Buffer.from(digits, 'hex')), line }));
}

const lastPair = (digits: string): string => digits.slice(-2).toLowerCase();

function longest(line: string): string | undefined {
  const runs = [...line.matchAll(TOKEN), ...line.matchAll(PAIRS)].map((match) =>
    (match[1] ?? '').replace(/0x|\\x|[ ,:]/gi, ''),
  );
  return runs.sort((a, b) => b.length - a.length)[0];
}
