import { eastAsianWidth } from 'get-east-asian-width';

/** Half-width columns of one character: 2 for CJK, 0 for marks that combine with the character before, else 1. */
export function columnsOf(char: string): number {
  const point = char.codePointAt(0) ?? 0;
  if (point < 0x300) return 1;
  if (/^\p{Mn}$/u.test(char)) return 0;
  return eastAsianWidth(point);
}

/** Half-width columns of a text. */
export function columnsOfText(text: string): number {
  let columns = 0;
  for (const char of text) columns += columnsOf(char);
  return columns;
}
