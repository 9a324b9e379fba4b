import type { ValueShape } from '../../rig/bench/label-set.ts';

/** A currency before or behind a number: a code, a word or a sign. */
const CURRENCY =
  '(?:[A-Z]{1,3}\\$|[A-Z]{3}|RM|人民[币幣]|港[币幣元]|新[臺台]幣|澳門元|[元圆圓円원]|[$€£¥￥₩฿])';
const NUMBER = "\\d(?:(?:[.,'’]|\\s(?=\\d{3}(?!\\d)))?\\d)*";
const AMOUNT = `[-+(]?\\s?(?:${CURRENCY}[\\s:]*)?[-+]?\\s?${NUMBER}\\s?\\)?(?:\\s?(?:${CURRENCY})(?![A-Z0-9]))?`;
const MONTH = '(?:JAN|FEB|MAR|M[ÄA]R|APR|MA[YI]|JUN|JUL|AUG|SEPT?|O[CK]T|NOV|DE[CZ])[A-Z]{0,6}';
/** Years of an emperor or a republic, as East Asia counts them. */
const ERA = '(?:令和|民[國国]|R(?=\\d))\\s?';
const DATE = [
  `${ERA}\\d{1,3}\\s?[./年-]\\s?\\d{1,2}\\s?[./月-]\\s?\\d{1,2}日?`,
  '\\d{1,4}\\s?[./年-]\\s?\\d{1,2}(?:\\s?[./月-]\\s?\\d{1,4}日?)?',
  `\\d{1,2}[\\s.-]*${MONTH}[\\s.,-]*\\d{2,4}`,
  `${MONTH}[\\s.-]*\\d{1,2}(?:ST|ND|RD|TH)?[\\s,.-]+\\d{2,4}`,
  '(?:20)?\\d{6}',
].join('|');
const TIME =
  '\\d{1,2}[:.时時点點h]\\s?\\d{2}(?:[:.分m]\\s?\\d{2}[秒s]?)?(?:\\s?分)?(?:\\s?[AP]\\.?M\\.?)?|\\d{6}|\\d{4}';
const HIDDEN = '*#•●∙·…_■X?';

const SOURCES: Readonly<Record<Exclude<ValueShape, 'text'>, string>> = {
  number: '#?\\s?(?=[^\\s]*\\d)[A-Z0-9*][A-Z0-9*\\-/.]*',
  code: '(?:(?=[A-Z0-9]*\\d)[A-Z0-9]{1,12}|[A-Z]{2,6}$)(?![A-Z0-9])',
  amount: AMOUNT,
  count: '\\d{1,6}(?:\\s?笔)?(?![\\d.,])',
  totals: `\\d{1,6}(?:\\s?笔)?\\s+${AMOUNT}`,
  pan: `(?=.*\\d)[\\d${HIDDEN}][\\d${HIDDEN}.\\- ]{2,40}[\\d${HIDDEN}](?:\\s?[/([]?\\s?[A-Z]{1,12}[)\\]]?(?![A-Z]))?`,
  hex: '(?:0X)?[0-9A-F]{2}(?:\\s?[0-9A-F]{2})*(?![0-9A-Z])',
  'date-time': `(?:${DATE})(?:\\s+[AÀ]\\s+|[\\sT,/-]*)(?:${TIME})|(?:${TIME})[\\s,/-]+(?:${DATE})`,
  date: `(?:${DATE})(?!\\d)`,
  time: `(?:${TIME})(?!\\d)`,
};

/** Values longer than this are none of these shapes. */
const LONGEST = 120;
const patterns = new Map<ValueShape, RegExp>();
const patternOf = (shape: Exclude<ValueShape, 'text'>): RegExp => {
  const pattern = patterns.get(shape) ?? new RegExp(`^(?:${SOURCES[shape]})`, 'iu');
  patterns.set(shape, pattern);
  return pattern;
};

/** Full-width letters, digits, signs and blanks as their ordinary forms; places stay what they are. */
export const folded = (text: string): string =>
  text.replace(/[\uff01-\uff5e\u3000\uffe5]/g, (char) =>
    char === '\u3000' ? ' ' : char === '\uffe5' ? '¥' : String.fromCharCode(char.charCodeAt(0) - 0xfee0),
  );

/** Length of the value of this shape with which a text begins; 0 when it begins with none. A text is all of it. */
export function valueAtStart(text: string, shape: ValueShape): number {
  if (shape === 'text') return text.length;
  return patternOf(shape).exec(folded(text).slice(0, LONGEST))?.[0].length ?? 0;
}

/** Whether a text is one value of this shape and nothing else. */
export const isWholly = (text: string, shape: ValueShape): boolean =>
  text !== '' && valueAtStart(text, shape) === text.length;

/** An amount behind one of these words: what stands on a slip without a label. */
export function currencyAmount(text: string, currencies: readonly string[]): boolean {
  const plain = folded(text).trim().toUpperCase();
  return isWholly(plain, 'amount') && currencies.some((word) => plain.startsWith(folded(word).toUpperCase()));
}

/** A card number with hidden digits somewhere in a line; undefined when there is none. */
export function hiddenPanIn(text: string): string | undefined {
  const plain = folded(text);
  const found =
    /(?<![\p{L}\d])(?:\d[\d -]{3,9})?(?:[*•●X#][ -]?){3,}\d{2,5}(?!\d)(?:\s?[/([]?[A-Z][)\]]?(?![A-Z]))?/iu.exec(
      plain,
    );
  return found ? text.slice(found.index, found.index + found[0].length).trim() : undefined;
}
