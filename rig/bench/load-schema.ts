import type { z } from 'zod';
import { type FileIssue, inFileOrder, type Loaded, nearestWord, quote, renderPath } from './load-issue.ts';
import { expectedAt, isOptionalAt, keysAt, peel, wordsAt } from './load-words.ts';
import type { DataPath, Source } from './load-yaml.ts';

type ZodIssue = z.core.$ZodIssue;
type Nested = z.core.$ZodIssueBase & ZodIssue;

/** The value of a document by its schema, or every mistake in it with its place. */
export function fitSchema<T>(schema: z.ZodType<T>, source: Source): Loaded<T> {
  const result = schema.safeParse(source.value);
  if (result.success) return { value: result.data, issues: [] };
  return { issues: inFileOrder(issuesOf(schema, source, result.error.issues)) };
}

/** Zod's issues as file issues. `base` is where in the document the schema was applied. */
export function issuesOf(
  schema: z.ZodType,
  source: Source,
  issues: readonly ZodIssue[],
  base: DataPath = [],
): FileIssue[] {
  const found: Found[] = issues.flatMap((issue) => unfold(issue as Nested, [], valueAt(source.value, base)));
  const unknown = found.flatMap(
    (f) => f.keys?.map((key) => ({ path: f.path, key, near: near(schema, f.path, key) })) ?? [],
  );
  const list: FileIssue[] = [];
  for (const { path, key, near } of unknown) {
    const valid = keysAt(schema, path);
    list.push({
      kind: 'invalid',
      ...source.place([...base, ...path, key], 'key'),
      path: renderPath([...base, ...path, key]),
      message: `unknown key ${quote(key)}`,
      ...(near
        ? { nearest: near }
        : valid.length > 0 && valid.length <= 40
          ? { expected: oneOf(valid) }
          : {}),
    });
  }
  for (const { issue, path, keys, values } of found) {
    if (keys) continue;
    const value = valueAt(source.value, [...base, ...path]);
    const last = path.at(-1);
    if (value === undefined) {
      // A misspelt key says it already: `expct` is unknown, so `expect` is missing.
      const parent = renderPath(path.slice(0, -1));
      if (unknown.some((u) => renderPath(u.path) === parent && u.near === last)) continue;
      if (isOptionalAt(schema, path)) continue;
    }
    const words = values ?? wordsAt(schema, path);
    const expected = values ? oneOf(values) : withLimit(expectedAt(schema, path), issue);
    const nearest = typeof value === 'string' ? nearestWord(value, words) : undefined;
    list.push({
      kind: 'invalid',
      ...source.place([...base, ...path]),
      path: renderPath([...base, ...path]),
      message: value === undefined ? `${quote(last ?? 'document')} is missing` : wrong(issue, value),
      ...(expected ? { expected } : {}),
      ...(nearest ? { nearest } : {}),
    });
  }
  return list;
}

const near = (schema: z.ZodType, path: DataPath, key: string) => nearestWord(key, keysAt(schema, path));

/** What is wrong with a value: what it is, or which rule it breaks. */
function wrong(issue: ZodIssue, value: unknown): string {
  if (issue.code === 'custom' || issue.code === 'invalid_format') {
    const own = issue.message.startsWith('Invalid') ? 'not valid here' : issue.message;
    return typeof value === 'object' && value !== null
      ? own
      : `${quote(value)} is ${own.replace(/^expected/, 'not valid: expected')}`;
  }
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const shown = typeof value === 'object' && value !== null ? 'this' : quote(value);
    return `${shown} is ${issue.code === 'too_small' ? 'too small or too short' : 'too large or too long'}`;
  }
  if (Array.isArray(value)) return 'a list stands here';
  if (value === null) return 'nothing stands here';
  return typeof value === 'object' ? 'a mapping stands here' : `${quote(value)} is not valid here`;
}

/** What should stand there, with the limit that was not kept unless the words name it. */
function withLimit(expected: string | undefined, issue: ZodIssue): string | undefined {
  const limit =
    issue.code === 'too_small'
      ? ['at least', String(issue.minimum)]
      : issue.code === 'too_big'
        ? ['at most', String(issue.maximum)]
        : undefined;
  if (!limit || expected?.split(/[^\d.-]+/).includes(limit[1] ?? '')) return expected;
  const unit = UNITS[(issue as { readonly origin?: string }).origin ?? ''] ?? '';
  return [expected, `${limit.join(' ')}${unit}`].filter(Boolean).join(', ');
}

/** What the size of a value counts. */
const UNITS: Readonly<Record<string, string>> = {
  string: ' characters',
  array: ' entries',
  object: ' entries',
};

interface Found {
  readonly issue: ZodIssue;
  readonly path: DataPath;
  /** Unknown keys of the mapping at `path`. */
  readonly keys?: readonly string[];
  /** Words that would be valid at `path`, gathered over the branches of a union. */
  readonly values?: readonly string[];
}

/** Unfolds unions and records into the issues that help: those of the branch that was most likely meant. */
function unfold(issue: Nested, base: DataPath, value: unknown): Found[] {
  const path = [...base, ...issue.path.filter((part) => typeof part !== 'symbol')] as DataPath;
  if (issue.code === 'unrecognized_keys') return [{ issue, path, keys: issue.keys }];
  if (issue.code === 'invalid_key') return [{ issue, path: path.slice(0, -1), keys: [String(path.at(-1))] }];
  if (issue.code === 'invalid_value') return [{ issue, path, values: issue.values.map(String) }];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ issue, path }];
  return branchOf(issue, valueAt(value, path)).flatMap((inner) => unfold(inner as Nested, path, value));
}

/** The branch of a union that fits the given value best; or one issue for all of them. */
function branchOf(union: Extract<ZodIssue, { code: 'invalid_union' }>, given: unknown): readonly ZodIssue[] {
  const mapping = typeof given === 'object' && given !== null;
  const meant = union.errors.filter(
    (branch) => !branch.some((i) => i.path.length === 0 && misfit(i, mapping)),
  );
  const [first] = meant;
  if (first && mapping)
    return meant.reduce((best, branch) => (cost(branch) < cost(best) ? branch : best), first);
  // Literals side by side are one list of words; a pattern beside them describes itself through the schema.
  const literal = (issue: ZodIssue) => issue.code === 'invalid_value';
  if (first && meant.every((branch) => branch.every(literal))) {
    const values = meant.flatMap((branch) =>
      branch.flatMap((i) => (i.code === 'invalid_value' ? i.values : [])),
    );
    return [{ code: 'invalid_value', values, path: [], message: '', input: given }];
  }
  return [{ code: 'custom', path: [], message: 'not valid here', input: given }];
}

/** True when a branch of a union wants another sort of value altogether. */
const misfit = (issue: ZodIssue, mapping: boolean) =>
  issue.code === 'invalid_type' || (issue.code === 'invalid_value' && mapping);

const cost = (issues: readonly ZodIssue[]) =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 2 * issue.keys.length : 1), 0);

/**
 * What can be kept of a value that does not fit its schema: everything that is valid by itself. Checks that follow the
 * schema run on this, so that one mistake does not hide another.
 */
export function salvage(schema: z.core.$ZodType, value: unknown): unknown {
  const whole = (schema as z.ZodType).safeParse(value);
  if (whole.success) return whole.data;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const part of peel(schema)) {
    const d = part._zod.def;
    if (d.type === 'array' && Array.isArray(value)) return value.map((item) => salvage(d.element, item));
    if (d.type === 'object' && !Array.isArray(value)) {
      const entries = Object.entries(value).map(([key, inner]) => {
        const property = Object.hasOwn(d.shape, key) ? d.shape[key] : undefined;
        return [key, property ? salvage(property, inner) : undefined];
      });
      return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
    }
  }
  return undefined;
}

/** The value at a path of plain data; undefined when there is none. */
export function valueAt(data: unknown, path: DataPath): unknown {
  let value = data;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/** `a, b or c`, at most 30 of them. */
export function oneOf(words: readonly string[]): string {
  const shown = words.length > 30 ? [...words.slice(0, 29), `${words.length - 29} others`] : [...words];
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} or ${last}`;
}
