/** A label found on a line, with what stands behind it. */
export interface FoundLabel {
  readonly field: string;
  /** As printed, trimmed; empty when nothing stands behind the label. */
  readonly value: string;
}

/** Finds the labels of a line, from left to right. */
export type LabelFinder = (line: string) => readonly FoundLabel[];

/** Full-width letters, digits, signs and blanks as their ordinary forms; places stay what they are. */
const folded = (text: string) =>
  text.replace(/[\uff01-\uff5e\u3000]/g, (char) =>
    char === '\u3000' ? ' ' : String.fromCharCode(char.charCodeAt(0) - 0xfee0),
  );

/** Blanks and case do not matter to a label; both ways, since some capitals have no small letter of their own. */
const squeezed = (text: string) => text.replace(/\s/g, '').toLowerCase().toUpperCase();

/** Receipts of one terminal say the same on many lines; so many of them are remembered. */
const REMEMBERED = 1000;

interface Place {
  readonly field: string;
  readonly start: number;
  readonly end: number;
}

/** What may stand between the parts of a label in two languages. */
const BETWEEN = /^[\s/|·.()[\]-]*$/;
/** What may stand before the first label of a line: decoration. */
const DECORATION = /^[\s\p{P}\p{S}]*$/u;
/** What ends a label: a remark in brackets if a colon follows, blanks, colons, the dot of `NO.` */
const LABEL_END = /^(\s*\([^)]{0,20}\)\s*(?=:))?[\s:.)\]│|]*/;
const VALUE_END = /[\s│|]+$/;

/**
 * Makes a finder for label sets by field name. Labels are compared without case and
 * without regard to full-width forms; Chinese labels may be spaced out. A label is one only where labels stand: at the start of a line, behind a wide gap,
 * behind its own translation, or, with a colon, behind the value of another label; so a value that happens to contain a
 * label's word is no label, and neither is a part of a longer word.
 */
export function labelFinder(sets: Readonly<Record<string, readonly string[]>>): LabelFinder {
  const patterns = Object.entries(sets).flatMap(([field, labels]) =>
    labels.map((label) => ({ field, letters: squeezed(folded(label)), pattern: patternOf(label) })),
  );
  const read = (line: string): readonly FoundLabel[] => {
    const plain = folded(line);
    const letters = squeezed(plain);
    const places: Place[] = [];
    for (const label of patterns) {
      // Most labels are not on most lines: that costs far less to see than to search for them.
      if (!letters.includes(label.letters)) continue;
      for (const match of plain.matchAll(label.pattern)) {
        places.push({ field: label.field, start: match.index, end: match.index + match[0].length });
      }
    }
    return withValues(line, plain, labelsAmong(plain, places));
  };
  const known = new Map<string, readonly FoundLabel[]>();
  return (line) => {
    let found = known.get(line);
    if (!found) {
      found = read(line);
      if (known.size >= REMEMBERED) known.clear();
      known.set(line, found);
    }
    return found;
  };
}

const isHan = (char: string) => /^\p{Script=Han}$/u.test(char);

/** The label as a whole word; between Chinese characters there may be blanks. */
function patternOf(label: string): RegExp {
  const chars = [...folded(label).trim()];
  let source = '';
  chars.forEach((char, i) => {
    const before = chars[i - 1] ?? '';
    if (char === ' ') source += ' +';
    else {
      if (isHan(char) && isHan(before)) source += ' *';
      // A hyphen needs no escape here, and under the `u` flag must not have one.
      source += char.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
    }
  });
  const edge = (char: string) =>
    isHan(char) ? '\\p{Script=Han}' : /[\p{L}\p{N}]/u.test(char) ? '[A-Za-z0-9]' : '(?!)';
  return new RegExp(`(?<!${edge(chars[0] ?? '')})${source}(?!${edge(chars.at(-1) ?? '')})`, 'giu');
}

/** Of overlapping candidates the leftmost, then the longest; of those the ones that stand where labels stand. */
function labelsAmong(line: string, places: readonly Place[]): Place[] {
  const labels: Place[] = [];
  let taken = 0;
  for (const place of [...places].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (place.start < taken) continue;
    const before = line.slice(taken, place.start);
    const last = labels.at(-1);
    const translated = last?.field === place.field && BETWEEN.test(before);
    const first = last === undefined && DECORATION.test(before);
    const afterGap = /(\s{2,}|[│|]\s*)$/.test(before);
    const withColon =
      last !== undefined && /\s$/.test(before) && /^\s*(\([^)]{0,20}\)\s*)?:/.test(line.slice(place.end));
    if (translated && last) labels[labels.length - 1] = { ...last, end: place.end };
    else if (first || afterGap || withColon) labels.push(place);
    else continue;
    taken = place.end;
  }
  return labels;
}

/** Values are cut out of the line as it is printed, by what its plain form says. */
function withValues(line: string, plain: string, labels: readonly Place[]): FoundLabel[] {
  return labels.map(({ field, end }, i) => {
    const behind = plain.slice(end, labels[i + 1]?.start ?? plain.length);
    const from = LABEL_END.exec(behind)?.[0].length ?? 0;
    const length = behind.slice(from).replace(VALUE_END, '').length;
    return { field, value: line.slice(end + from, end + from + length) };
  });
}
