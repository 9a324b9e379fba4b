import { RigError } from '../model/errors.ts';

export { nearestWord } from '../model/nearest-word.ts';

/** A place in a file; line and column count from 1, columns in UTF-16 units as editors count them. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One mistake in a file. A file is read to its end and all its mistakes are reported in one go. */
export interface FileIssue extends Place {
  /** `syntax`: not YAML 1.2 (or beyond the limits); `invalid`: YAML that does not say something valid. */
  readonly kind: 'syntax' | 'invalid';
  /** Path of the value in the document, e.g. `steps[1].expect.outcome`; empty for the document itself. */
  readonly path: string;
  /** What is wrong, as a short clause without a full stop. */
  readonly message: string;
  /** What should stand there. */
  readonly expected?: string;
  /** The nearest valid word. */
  readonly nearest?: string;
}

/** What reading a file gave: a value, or the reasons why there is none. `value` is there only without issues. */
export type Loaded<T> =
  | { readonly value: T; readonly issues: readonly [] }
  | { readonly value?: undefined; readonly issues: readonly FileIssue[] };

/** `file:line:column: message; expected …; did you mean …?` on one line. */
export function renderIssue(issue: FileIssue): string {
  const parts = [issue.message];
  if (issue.expected) parts.push(`expected ${issue.expected}`);
  if (issue.nearest) parts.push(`did you mean "${issue.nearest}"?`);
  return oneLine(`${issue.file}:${issue.line}:${issue.column}: ${parts.join('; ')}`);
}

/**
 * Quotes a piece of a file for a message: one line, at most 60 characters, control characters made visible, and nothing
 * that could be the number of a card: messages end up in logs.
 */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const shown = text.replace(NUMBER_OF_A_CARD, (row) => {
    const digits = row.replace(/\D/g, '');
    return DATE.test(digits) ? row : `${digits.slice(0, 6)}...${digits.slice(-4)}`;
  });
  return `"${oneLine(shown.length > 60 ? `${shown.slice(0, 57)}...` : shown)}"`;
}

/** ISO/IEC 7812-1: 12 to 19 digits, perhaps in groups. Longer rows of digits are masked too: one may be part of them. */
const NUMBER_OF_A_CARD = /\d(?:[ -]?\d){11,}/g;
/** `20260131235959`, as in names of folders: no issuer's number begins with 19 or 20. */
const DATE = /^(?:19|20)\d\d(?:0[1-9]|1[0-2])/;

const oneLine = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: file contents are hostile and must not steer a console
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (c) =>
    c === '\n' ? ' ' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Steps and keys as people write paths: `steps[1].expect.outcome`. */
export const renderPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) => text + (typeof part === 'number' ? `[${part}]` : `${text ? '.' : ''}${String(part)}`),
    '',
  );

/** How many mistakes of one file are reported in one go. */
const MOST_ISSUES = 100;

/**
 * Issues in the order of the files, without repetitions (the cases of a scenario repeat what they share), at most 100 of
 * each file.
 */
export function inFileOrder(issues: readonly FileIssue[]): FileIssue[] {
  const different = new Map(issues.map((issue) => [renderIssue(issue), issue]));
  const counted = new Map<string, number>();
  return [...different.values()]
    .sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column))
    .filter(({ file }) => {
      const count = (counted.get(file) ?? 0) + 1;
      counted.set(file, count);
      return count <= MOST_ISSUES;
    });
}

/** The value, or all issues as one error: FILE_SYNTAX when the file is not YAML, else FILE_INVALID. Blame: file. */
export function valueOrThrow<T>(loaded: Loaded<T>): T {
  const [first] = loaded.issues;
  if (!first) return (loaded as { value: T }).value;
  const code = loaded.issues.some((issue) => issue.kind === 'syntax') ? 'FILE_SYNTAX' : 'FILE_INVALID';
  throw new RigError(code, 'file', loaded.issues.map(renderIssue).join('\n'), {
    at: `${first.file}:${first.line}:${first.column}`,
    hint: 'Correct the file; posrig check validates files without any device.',
  });
}
