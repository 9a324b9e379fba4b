import type { PlacedWord } from './read-dots.ts';

/** Words that a receipt of this terminal says for certain: labels and marks, Chinese ones of at least three characters. */
export type Vocabulary = ReadonlySet<string>;

const SHORTEST = 3;
const HAN = /^\p{Script=Han}+$/u;

/** Labels and marks of a terminal profile. */
export function vocabularyOf(texts: Iterable<string>): Vocabulary {
  const words = new Set<string>();
  for (const text of texts) {
    const plain = text.replace(/\s/g, '');
    if (HAN.test(plain) && [...plain].length >= SHORTEST) words.add(plain);
  }
  return words;
}

/**
 * Mends the label that a line begins with when one of its characters was misread (任证号 for 凭证号) and one label alone
 * is that close. Values are never mended.
 */
export function mendLabel(line: readonly PlacedWord[], vocabulary: Vocabulary): PlacedWord[] {
  const end = line.findIndex(({ text }) => !HAN.test(text));
  const head = line.slice(0, end < 0 ? line.length : end);
  const read = [...head.map(({ text }) => text).join('')];
  // A line that is nothing but Chinese is a sentence or a value.
  if (end < 0 || read.length < SHORTEST || vocabulary.has(read.join(''))) return [...line];
  const near = [...vocabulary].filter((label) => differBy([...label], read) === 1);
  const [only] = near;
  if (only === undefined || near.length > 1) return [...line];
  const letters = [...only];
  let at = 0;
  const mended = head.map((word) => {
    const from = at;
    at += [...word.text].length;
    return { ...word, text: letters.slice(from, at).join('') };
  });
  return [...mended, ...line.slice(head.length)];
}

const differBy = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length ? a.filter((char, i) => char !== b[i]).length : Number.POSITIVE_INFINITY;
