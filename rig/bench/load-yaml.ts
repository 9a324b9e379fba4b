import { createHash } from 'node:crypto';
import {
  type Document,
  isAlias,
  isCollection,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { readWhole } from '../model/read-whole.ts';
import { type FileIssue, type Place, quote, renderPath } from './load-issue.ts';
import { excess } from './load-nesting.ts';
import { asText } from './load-text.ts';

/**
 * YAML 1.2 to plain data that remembers where everything stands. Files are hostile: size, depth, and the number of values
 * (aliases expanded) are limited, and no text makes it throw.
 */
export const LIMITS = {
  bytes: 512 * 1024,
  depth: 48,
  values: 50_000,
  tokens: 60_000,
  aliases: 200,
  issues: 100,
} as const;

export type DataPath = readonly (string | number)[];

/** A document as plain data, with the place of every value and key. */
export interface Source {
  readonly file: string;
  /** Of the file's bytes, hex. */
  readonly sha256: string;
  readonly value: unknown;
  /** Where the value (or its key) at `path` stands; what is missing stands where its nearest parent does. */
  place(path: DataPath, of?: 'value' | 'key'): Place;
}

export interface Parsed {
  /** Absent when the text cannot be understood at all. */
  readonly source?: Source;
  readonly issues: readonly FileIssue[];
}

export interface ParseOptions {
  /**
   * `as-written`: a number that would not be written back the same (`128.50`, `00`) stays the text that stands in the
   * file, so that amounts and codes lose nothing.
   */
  readonly numbers?: 'value' | 'as-written';
}

/** Reads and parses a file. Throws FILE_UNREADABLE when it cannot be read; every other mistake is an issue. */
export function readYaml(file: string, options: ParseOptions = {}): Parsed {
  const bytes = readWhole(file, LIMITS.bytes);
  if ('size' in bytes) return { issues: [tooLarge(file, bytes.size)] };
  return fromBytes(file, bytes, options);
}

/** As `readYaml`, of bytes; `file` names them in issues. Never throws. */
function fromBytes(file: string, bytes: Buffer, options: ParseOptions): Parsed {
  const read = asText(bytes);
  if ('text' in read) return parseYaml(file, read.text, options);
  const { before, message, expected } = read.trouble;
  return { issues: [{ kind: 'syntax', ...placeBehind(file, before), path: '', message, expected }] };
}

/** The place behind a piece of text that begins a file. */
function placeBehind(file: string, before: string): Place {
  const lines = before.split(/\r\n?|\n/);
  return { file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

const tooLarge = (file: string, size: number): FileIssue => ({
  kind: 'syntax',
  file,
  line: 1,
  column: 1,
  path: '',
  message: `the file has ${size} bytes`,
  expected: `at most ${LIMITS.bytes} bytes`,
});

/** Parses a text; `file` names it in issues. Never throws. */
export function parseYaml(file: string, text: string, options: ParseOptions = {}): Parsed {
  if (text.length > LIMITS.bytes) return { issues: [tooLarge(file, text.length)] };
  const lines = new LineCounter();
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const mark = (offset: number, message: string, expected: string): Parsed => ({
    issues: [{ kind: 'syntax', ...placeBehind(file, text.slice(0, offset)), path: '', message, expected }],
  });
  const over = excess(text, LIMITS.depth + 16, LIMITS.tokens);
  if (over)
    return over.what === 'depth'
      ? mark(over.offset, 'nested too deeply', `at most ${LIMITS.depth} levels`)
      : mark(
          over.offset,
          'too many words for one file',
          `at most ${LIMITS.tokens}, blanks and signs counted`,
        );
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  } catch (thrown) {
    return mark(0, `not YAML 1.2: ${(thrown as Error).message}`, 'YAML 1.2');
  }
  const problems = [...document.errors, ...document.warnings];
  const issues: FileIssue[] = problems
    .slice(0, LIMITS.issues)
    .map((error) => syntaxIssue(error, at(error.pos[0])));
  const explicit = document.directives?.yaml;
  if (explicit?.explicit && explicit.version !== '1.2')
    issues.push({
      kind: 'syntax',
      ...at(0),
      path: '',
      message: `YAML ${explicit.version}`,
      expected: 'YAML 1.2',
    });
  // After a duplicate key or an unknown tag the rest still means something; after anything else it does not.
  if (document.errors.some((error) => error.code !== 'DUPLICATE_KEY')) return { issues };
  return toData(document, {
    file,
    sha256: sha256(text),
    at,
    issues,
    asWritten: options.numbers === 'as-written',
  });
}

/** What an issue says beside its message; `of: key` points at the key instead of the value. */
export interface IssueNote {
  readonly expected?: string;
  readonly nearest?: string | undefined;
  readonly of?: 'key' | 'value';
}

/** An issue about a value (or key) of a source. */
export function issueAt(source: Source, path: DataPath, message: string, more: IssueNote = {}): FileIssue {
  return {
    kind: 'invalid',
    ...source.place(path, more.of),
    path: renderPath(path),
    message,
    ...(more.expected ? { expected: more.expected } : {}),
    ...(more.nearest ? { nearest: more.nearest } : {}),
  };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const EXPECTED: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'every key once',
  TAB_AS_INDENT: 'spaces',
  BAD_INDENT: 'the same indentation as the lines that belong together',
  MULTIPLE_DOCS: 'one document a file',
  TAG_RESOLVE_FAILED: 'no tag',
};

function syntaxIssue(error: YAMLError, place: Place): FileIssue {
  const expected = EXPECTED[error.code];
  return {
    kind: error.code === 'DUPLICATE_KEY' ? 'invalid' : 'syntax',
    ...place,
    path: '',
    message:
      error.code === 'DUPLICATE_KEY' ? 'this key stands here twice' : `not valid YAML: ${error.message}`,
    ...(expected ? { expected } : {}),
  };
}

interface Context {
  readonly file: string;
  readonly sha256: string;
  readonly at: (offset: number) => Place;
  readonly issues: FileIssue[];
  readonly asWritten: boolean;
}

/** Walks the document once: plain data, places, and the limits that aliases and nesting could break. */
function toData(document: Document.Parsed, context: Context): Parsed {
  const values = new Map<string, number>();
  const keys = new Map<string, number>();
  let count = 0;
  let aliases = 0;
  let stopped = false;
  /** The collections around the value that is looked at. */
  const within = new Set<unknown>();
  const complain = (offset: number, path: DataPath, message: string, expected: string) => {
    context.issues.push({ kind: 'syntax', ...context.at(offset), path: renderPath(path), message, expected });
  };
  const stop = (offset: number, path: DataPath, message: string, expected: string) => {
    if (!stopped) complain(offset, path, message, expected);
    stopped = true;
    return null;
  };

  const walk = (node: unknown, path: DataPath, offset: number): unknown => {
    if (stopped) return null;
    const start = (node as { range?: readonly number[] | null } | null)?.range?.[0] ?? offset;
    if (++count > LIMITS.values) return stop(start, path, 'too many values', `at most ${LIMITS.values}`);
    if (path.length > LIMITS.depth)
      return stop(start, path, 'nested too deeply', `at most ${LIMITS.depth} levels`);
    if (!values.has(keyOf(path))) values.set(keyOf(path), start);
    if (isAlias(node)) {
      if (++aliases > LIMITS.aliases)
        return stop(start, path, 'too many aliases', `at most ${LIMITS.aliases}`);
      const target = node.resolve(document);
      if (target && within.has(target)) {
        complain(
          start,
          path,
          `${quote(`*${node.source}`)} stands inside of what it names`,
          'the name of what ends before it',
        );
        return null;
      }
      if (target) return walk(target, path, start);
      complain(start, path, `unknown alias ${quote(node.source)}`, 'an anchor that stands before it');
      return null;
    }
    if (!isCollection(node)) return isScalar(node) ? scalar(node, context.asWritten) : null;
    within.add(node);
    const data = isSeq(node)
      ? node.items.map((item, i) => walk(item, [...path, i], start))
      : walkMap((node as YAMLMap).items, path, start);
    within.delete(node);
    return data;
  };

  const walkMap = (items: readonly { key: unknown; value: unknown }[], path: DataPath, start: number) => {
    const data: Record<string, unknown> = {};
    for (const { key, value } of items) {
      const keyStart = (key as { range?: readonly number[] } | null)?.range?.[0] ?? start;
      const name = isScalar(key)
        ? typeof key.value === 'string'
          ? key.value
          : (key.source ?? '')
        : undefined;
      if (name === undefined || name === '' || name === '__proto__') {
        complain(keyStart, path, 'this cannot be a key', 'a word');
        continue;
      }
      if (name === '<<') {
        complain(
          keyStart,
          path,
          '"<<" is not YAML 1.2',
          'the keys themselves, or an alias for the whole mapping',
        );
        continue;
      }
      if (Object.hasOwn(data, name)) continue; // a duplicate, reported by the parser
      const inner = [...path, name];
      keys.set(keyOf(inner), keyStart);
      const implicit = isScalar(value) && value.value === null;
      if (implicit) values.set(keyOf(inner), keyStart);
      data[name] = walk(value, inner, keyStart);
    }
    return data;
  };

  const value = walk(document.contents, [], 0);
  if (stopped) return { issues: context.issues };
  const place = (path: DataPath, of: 'value' | 'key' = 'value'): Place => {
    for (let length = path.length; length > 0; length--) {
      const key = keyOf(path.slice(0, length));
      const offset = of === 'key' && length === path.length ? keys.get(key) : values.get(key);
      if (offset !== undefined) return context.at(offset);
    }
    return context.at(values.get(keyOf([])) ?? 0);
  };
  return { source: { file: context.file, sha256: context.sha256, value, place }, issues: context.issues };
}

const keyOf = (path: DataPath) => JSON.stringify(path);

function scalar({ value, source }: Scalar, asWritten: boolean): unknown {
  // What a tag makes of a text (a date, bytes) is the text for everybody who reads the file.
  if (typeof value === 'object' && value !== null) return source ?? String(value);
  if (typeof value !== 'number') return value;
  if (!Number.isFinite(value)) return source ?? String(value);
  return asWritten && source !== undefined && String(value) !== source ? source : value;
}
