import CodepageEncoder, { type Codepage } from '@point-of-sale/codepage-encoder';
import iconv from 'iconv-lite';

/**
 * `ESC t n` in the numbering of the TM family: n to the name of a code page. Other makers number some pages
 * differently; a profile can bring its own table. Pages 7, 8 (one-pass kanji) and user-defined ones (254, 255) hold
 * pictures of the maker, not characters.
 */
// biome-ignore format: a table
export const CODE_PAGES: Readonly<Record<number, string>> = {
  0: 'cp437', 1: 'epson/katakana', 2: 'cp850', 3: 'cp860', 4: 'cp863', 5: 'cp865', 6: 'epson/hiragana', 11: 'cp851', 12: 'cp853',
  13: 'cp857', 14: 'cp737', 15: 'iso8859-7', 16: 'windows1252', 17: 'cp866', 18: 'cp852', 19: 'cp858',
  20: 'thai42', 21: 'thai11', 22: 'thai13', 23: 'thai14', 24: 'thai16', 26: 'thai13', 30: 'tcvn3', 31: 'tcvn3capitals', 32: 'cp720', 33: 'cp775',
  34: 'cp855', 35: 'cp861', 36: 'cp862', 37: 'cp864', 38: 'cp869', 39: 'iso8859-2', 40: 'iso8859-15',
  41: 'cp1098', 42: 'cp774', 43: 'cp772', 44: 'cp1125', 45: 'windows1250', 46: 'windows1251',
  47: 'windows1253', 48: 'windows1254', 49: 'windows1255', 50: 'windows1256', 51: 'windows1257',
  52: 'windows1258', 53: 'rk1048',
};

/**
 * `ESC R n`: what stands in the place of the twelve ASCII characters `# $ @ [ \ ] ^ backquote { | } ~`, by country.
 */
// biome-ignore format: a table
export const INTERNATIONAL: readonly string[] = [
  '#$@[\\]^`{|}~', '#$à°ç§^`éùè¨', '#$§ÄÖÜ^`äöüß', '£$@[\\]^`{|}~', '#$@ÆØÅ^`æøå~', '#¤ÉÄÖÅÜéäöåü',
  '#$@°\\é^ùàòèì', '₧$@¡Ñ¿^`¨ñ}~', '#$@[¥]^`{|}~', '#¤ÉÆØÅÜéæøåü', '#$ÉÆØÅÜéæøåü', '#$á¡Ñ¿é`íñóú',
  '#$á¡Ñ¿éüíñóú', '#$@[₩]^`{|}~', '#$ŽŠĐĆČžšđćč', '#¥@[\\]^`{|}~', '#₫@[\\]^`{|}~', '#$@[\\]^`{|}~',
];
const REPLACED = '#$@[\\]^`{|}~';

/** What printers show for a code that a page leaves empty. */
const EMPTY = ' ';
const UNKNOWN = '\ufffd';

const tables = new Map<string, readonly string[]>();

/**
 * The 128 characters 0x80 to 0xff of a code page, by name as in `CODE_PAGES`. Unknown names give U+FFFD throughout:
 * the bytes were printed, but not as characters that we know.
 */
export function upperHalf(page: string): readonly string[] {
  const known = tables.get(page);
  if (known) return known;
  if (page === 'epson/hiragana') return hiragana();
  const common = fromIconv(page);
  const printers = fromEncoder(page);
  // Printers fill some codes that the standards leave empty, e.g. the euro sign of page 857.
  const table =
    common?.map((char, i) => (char === EMPTY ? (printers?.[i] ?? char) : char)) ??
    printers ??
    Array<string>(128).fill(UNKNOWN);
  tables.set(page, table);
  return table;
}

/** Page 6: as the katakana page, with the same syllables in hiragana. */
function hiragana(): readonly string[] {
  return upperHalf('epson/katakana').map((char) => {
    const full = char >= '\uff66' && char <= '\uff9d' ? char.normalize('NFKC') : char;
    return full >= '\u30a1' && full <= '\u30f3' ? String.fromCharCode(full.charCodeAt(0) - 0x60) : char;
  });
}

/** True for names that `upperHalf` has a table for. */
export const isCodePage = (name: string): boolean =>
  fromIconv(name) !== undefined || fromEncoder(name) !== undefined;

function fromIconv(page: string): readonly string[] | undefined {
  if (!iconv.encodingExists(page)) return undefined;
  return Array.from({ length: 128 }, (_, i) => printable(iconv.decode(Buffer.from([128 + i]), page)));
}

function fromEncoder(page: string): readonly string[] | undefined {
  if (!CodepageEncoder.supports(page)) return undefined;
  const points = CodepageEncoder.getCodepoints(page as Codepage, true);
  return Array.from({ length: 128 }, (_, i) => {
    const point = points[128 + i];
    return point ? printable(String.fromCodePoint(point)) : EMPTY;
  });
}

/** Control characters (C1, from windows pages) and codes that the page leaves empty have no picture. */
const printable = (char: string) => (/^(\p{Cc}|\ufffd|)$/u.test(char) ? EMPTY : char);

/** An ASCII byte (0x20 to 0x7f) in the international set `country` of `ESC R`. */
export function lowerHalf(byte: number, country: number): string {
  if (byte === 0x7f) return EMPTY;
  const char = String.fromCharCode(byte);
  const place = REPLACED.indexOf(char);
  return place < 0 ? char : ([...(INTERNATIONAL[country] ?? REPLACED)][place] ?? char);
}
