import type { ValueShape } from '../../rig/bench/label-set.ts';
import { folded, isWholly, valueAtStart } from './shapes.ts';

/** A label found on a line, with what stands behind it. */
export interface FoundLabel {
  readonly field: string;
  /** As printed, trimmed; empty when nothing stands behind the label. */
  readonly value: string;
  /** Where on the line the label begins and ends, characters. */
  readonly start: number;
  readonly end: number;
  /** Blanks between the label and its value. */
  readonly gap: number;
}

/** Finds the labels of a line, from left to right. */
export type LabelFinder = (line: string) => readonly FoundLabel[];

/** Blanks, dots and case do not matter to a label; both ways, since some capitals have no small letter of their own. */
const squeezed = (text: string) => text.replace(/[\s.]/g, '').toLowerCase().toUpperCase();

/** Receipts of one terminal say the same on many lines; so many of them are remembered. */
const REMEMBERED = 1000;

/** What values look like, by field; a field without a shape takes any text. */
export type Shapes = Readonly<Record<string, ValueShape>>;

interface Place {
  readonly field: string;
  readonly start: number;
  readonly end: number;
}

/** What may stand between the parts of a label in two languages. */
const BETWEEN = /^[\s/|·.()[\]-]*$/;
/** What may stand before the first label of a line: decoration. */
const DECORATION = /^[\s\p{P}\p{S}]*$/u;
/** What ends a label: a remark in brackets if a colon follows, blanks, colons, equals signs, the dot of `NO.`, dots that lead to the value */
const LABEL_END = /^(\s*\([^)]{0,20}\)\s*(?=:))?[\s:=.)\]│|]*/;
const COLON = /^\s*(\([^)]{0,20}\)\s*)?[.)\]]?\s*[:=]/;
const VALUE_END = /[\s│|]+$/;
/** What a label in a language that no set knows leaves before a value. */
const FOREIGN = /^[/(]?[\p{L}][\p{L}\s.'#/-]{0,30}[)\]]?\s*[:\s]\s*/u;

/**
 * Makes a finder for label sets by field name. Labels are compared without case and
 * without regard to full-width forms; Chinese labels may be spaced out. A label is one only where labels stand: at the start of a line, behind a wide gap,
 * behind its own translation, or, with a colon, behind the value of another label; so a value that happens to contain a
 * label's word is no label, and neither is a part of a longer word. Where the shape of a field's values is known, a label
 * without a colon needs such a value behind it, and may stand behind another label's whole value.
 */
export function labelFinder(
  sets: Readonly<Record<string, readonly string[]>>,
  shapes: Shapes = {},
): LabelFinder {
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
    return withValues(line, plain, labelsAmong(plain, places, shapes), shapes);
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
    // A terminal may as well print `REF.NO`, and leave the blank out.
    if (char === ' ') source += isHan(before) ? ' *' : /[\p{L}]/u.test(before) ? '[ .]*' : ' *';
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
function labelsAmong(line: string, places: readonly Place[], shapes: Shapes): Place[] {
  const labels: Place[] = [];
  let taken = 0;
  for (const place of [...places].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (place.start < taken) continue;
    const before = line.slice(taken, place.start);
    const last = labels.at(-1);
    const translated = last?.field === place.field && BETWEEN.test(before);
    if (translated && last) {
      labels[labels.length - 1] = { ...last, end: place.end };
      taken = place.end;
      continue;
    }
    const first = last === undefined && DECORATION.test(before);
    const afterGap = /(\s{2,}|[│|]\s*)$/.test(before);
    const afterBlank = last !== undefined && /\s$/.test(before);
    const withColon = COLON.test(line.slice(place.end));
    const next = places.reduce(
      (least, { start }) => (start >= place.end && start < least ? start : least),
      line.length,
    );
    const behind = behindLabel(line, place, next, shapes[place.field]);
    const standsThere =
      ((first || afterGap) && behind !== 'other') ||
      (withColon && (first || afterGap || afterBlank)) ||
      (afterBlank && behind === 'value' && isValueOf(last, before, shapes));
    if (!standsThere) continue;
    labels.push(place);
    taken = place.end;
  }
  return labels;
}

/**
 * What follows a label, before the next: nothing, a value of its shape, or something else. Any text is a value where no
 * shape is known; a single Latin word before text is a label only when something sets them apart.
 */
function behindLabel(
  line: string,
  { start, end }: Place,
  next: number,
  shape: ValueShape | undefined,
): 'nothing' | 'value' | 'other' {
  const toNext = line.slice(end, next).replace(LABEL_END, '');
  if (toNext === '') return 'nothing';
  const behind = line.slice(end).replace(LABEL_END, '');
  if (shape === undefined) return 'value';
  if (shape === 'text') {
    const apart = /^(?:\s{2}|[^\s\p{L}\p{N}])/u.test(line.slice(end));
    return apart || !/^[A-Za-z]+$/.test(line.slice(start, end)) ? 'value' : 'other';
  }
  const from = FOREIGN.exec(behind)?.[0].length ?? 0;
  const rest = behind.slice(from);
  const foreign = /\d/.test(rest) && valueAtStart(rest, shape) > 0;
  return valueAtStart(behind, shape) > 0 || foreign ? 'value' : 'other';
}

/** Whether what stands between two labels is the whole value of the first. */
function isValueOf(last: Place | undefined, between: string, shapes: Shapes): boolean {
  const shape = last && shapes[last.field];
  if (!shape || shape === 'text') return false;
  return isWholly(between.replace(LABEL_END, '').trim(), shape);
}

/** Values are cut out of the line as it is printed, by what its plain form says. */
function withValues(line: string, plain: string, labels: readonly Place[], shapes: Shapes): FoundLabel[] {
  return labels.map(({ field, start, end }, i) => {
    const behind = plain.slice(end, labels[i + 1]?.start ?? plain.length);
    const gap = LABEL_END.exec(behind)?.[0].length ?? 0;
    const text = behind.slice(gap).replace(VALUE_END, '');
    const [from, length] = valueIn(text, shapes[field]);
    const at = end + gap + from;
    return { field, value: line.slice(at, at + length), start, end, gap };
  });
}

/**
 * Where in a text behind a label its value stands: behind a label in a language that nobody named, and before another
 * such label with a colon or a wide gap.
 */
function valueIn(text: string, shape: ValueShape | undefined): readonly [from: number, length: number] {
  if (shape === undefined || shape === 'text' || isWholly(text, shape)) return [0, text.length];
  const foreign = FOREIGN.exec(text)?.[0].length ?? 0;
  for (const from of foreign > 0 ? [foreign, 0] : [0]) {
    const rest = text.slice(from);
    const length = valueAtStart(rest, shape);
    if (length === rest.length) return [from, length];
    if (length > 0 && /^(?:\s{2,}|\s+[^\s\d:][^:]{0,30}:)/u.test(rest.slice(length))) return [from, length];
  }
  return [0, text.length];
}
