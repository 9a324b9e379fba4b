/**
 * Characters that readers of pictures take for each other. The first of each set stands for it; a set with a digit is led
 * by the digit. Data: add what a printer's font brings about.
 */
export const LOOK_ALIKES: readonly string[] = [
  '0OoQD〇Ｏ',
  '1lI|i!Ｉ',
  '2Zz',
  '4A',
  '5Ss$',
  '6bG',
  '7?',
  '8B&',
  '9gq',
  '*#xX×kK+"＊',
  'UV',
  'Cc(',
  'MN',
  '.,。，·',
  ':;：；',
  '-一—_~',
  '已己巳',
  '未末',
  '日曰目',
  '土士',
  '人入八',
  '千干于',
  '大太犬',
  '天夫无',
  '今令',
  '凭任赁',
  '全金',
  '贷货',
  '拆折',
];

const leaders = new Map<string, string>();
for (const set of LOOK_ALIKES) {
  const [first = ''] = set;
  for (const char of set) if (!leaders.has(char)) leaders.set(char, first);
}

/** The text with every character replaced by the one that stands for its look-alikes; blanks do not count. */
export const lookOf = (text: string): string =>
  [...text.normalize('NFKC')]
    .filter((char) => !/\s/.test(char))
    .map((char) => leaders.get(char) ?? char)
    .join('');

/** What readers take a zero for that has a dot or a stroke in it, however sure they say they are. */
const FILLED_ZERO = '689';

/** A text in which every digit that may have been a filled zero is one. */
export const withFilledZeros = (text: string): string => text.normalize('NFKC').replace(/[689]/g, '0');

/** Whether what was read differs in nothing but characters that look alike from what may stand there. */
export function looksLike(read: string, printed: string): boolean {
  const [a, b] = [[...lookOf(read)], [...lookOf(printed)]];
  return (
    a.length === b.length &&
    a.every((char, i) => char === b[i] || (b[i] === '0' && FILLED_ZERO.includes(char)))
  );
}

/** The digit that a character is, or that it may have been taken for. */
export function asDigit(char: string): string | undefined {
  const leader = leaders.get(char) ?? char;
  return /^[0-9]$/.test(leader) ? leader : undefined;
}

/** A text in which all that may be a digit is one, and all that may be an asterisk is one; for numbers and amounts. */
export const asNumber = (text: string): string =>
  [...text.normalize('NFKC')]
    .map((char) => asDigit(char) ?? (leaders.get(char) === '*' ? '*' : char))
    .join('');
