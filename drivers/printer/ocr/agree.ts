import type { PlacedWord } from './read-dots.ts';

/** A word that another preparation of the same picture reads otherwise is no surer than this. */
export const DISPUTED = 40;
/** Longer lines are not compared letter by letter. */
const LONGEST = 300;

/**
 * Two readings of one picture as one: line by line the surer of the two, in which every word that the other reads otherwise
 * counts as disputed. One reading alone is sometimes wrong and sure of it; two are hardly ever wrong alike.
 */
export function agree(first: readonly PlacedWord[], second: readonly PlacedWord[]): PlacedWord[] {
  const [a, b] = [byLine(first), byLine(second)];
  const lines = [...new Set([...a.keys(), ...b.keys()])].sort((x, y) => x - y);
  return lines.flatMap((line) => {
    const [own, other] = [a.get(line) ?? [], b.get(line) ?? []];
    const [taken, against] = sureness(other) > sureness(own) ? [other, own] : [own, other];
    return compared(taken, textOf(against));
  });
}

/**
 * The same words, of which those in Latin letters and digits are disputed if a reading that knows nothing else has others
 * in their place: it reads numbers by another model, and is hardly ever wrong alike.
 */
export function agreedInLatin(words: readonly PlacedWord[], latin: readonly PlacedWord[]): PlacedWord[] {
  const other = byLine(latin);
  return [...byLine(words)].flatMap(([line, own]) => {
    const told = compared(own, textOf(other.get(line) ?? []));
    return own.map((word, i) => (/\p{Script=Han}/u.test(word.text) ? word : (told[i] ?? word)));
  });
}

function byLine(words: readonly PlacedWord[]): Map<number, PlacedWord[]> {
  const lines = new Map<number, PlacedWord[]>();
  for (const word of words) lines.set(word.line, [...(lines.get(word.line) ?? []), word]);
  return lines;
}

const textOf = (words: readonly PlacedWord[]) => words.map(({ text }) => text).join('');

/** Mean over the letters, 0 to 100. */
function sureness(words: readonly PlacedWord[]): number {
  const letters = words.reduce((sum, { text }) => sum + text.length, 0);
  return letters === 0 ? 0 : words.reduce((sum, w) => sum + w.confidence * w.text.length, 0) / letters;
}

function compared(words: readonly PlacedWord[], other: string): PlacedWord[] {
  const own = textOf(words);
  if (own === other) return [...words];
  const disputed = (word: PlacedWord) => ({ ...word, confidence: Math.min(word.confidence, DISPUTED) });
  if (own.length > LONGEST || other.length > LONGEST) return words.map(disputed);
  const partner = alignment(own, other);
  let at = 0;
  return words.map((word) => {
    const from = at;
    at += word.text.length;
    // All its letters are there, and nothing in between.
    const first = partner[from] ?? -1;
    const whole = partner.slice(from, at).every((place, i) => place === first + i && first >= 0);
    // A letter more at one end would change the value too, unless it belongs to the word beside.
    const before = partner[from - 1];
    const after = partner[at];
    const closed =
      (from === 0 ? first === 0 : before === first - 1 || before === -1) &&
      (at === own.length
        ? first + word.text.length === other.length
        : after === first + word.text.length || after === -1);
    return whole && closed ? word : disputed(word);
  });
}

/** For each letter of `a` the place of the same letter in `b` in a longest common subsequence, or -1. */
function alignment(a: string, b: string): number[] {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const partner = new Array<number>(a.length).fill(-1);
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) partner[i++] = j++;
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return partner;
}
