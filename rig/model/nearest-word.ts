import { closest, distance } from 'fastest-levenshtein';

/**
 * The valid word nearest to what was written, if it is near enough to be what was meant: at most a third of its letters
 * differ, two of them changed places, or one is the beginning of the other.
 */
export function nearestWord(written: string, words: Iterable<string>): string | undefined {
  const candidates = [...words];
  if (written.length === 0 || written.length > 60 || candidates.length === 0) return undefined;
  const word = written.toLowerCase();
  const near = candidates.find((c) => sameLetters(word, c.toLowerCase())) ?? closest(word, candidates);
  const apart = distance(word, near.toLowerCase());
  if (near !== written && (apart <= Math.max(1, Math.floor(near.length / 3)) || sameLetters(word, near)))
    return near;
  return word.length < 3
    ? undefined
    : candidates.find((c) => c !== written && c.length > 2 && (c.startsWith(word) || word.startsWith(c)));
}

/** Two letters that changed places count as one slip of the hand. */
const sameLetters = (a: string, b: string) =>
  a.length === b.length &&
  a.length > 2 &&
  distance(a, b) <= 2 &&
  [...a].sort().join('') === [...b].sort().join('');
