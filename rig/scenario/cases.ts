import { type FileIssue, nearestWord, quote } from '../bench/load-issue.ts';
import { type DataPath, type IssueNote, issueAt, type Source } from '../bench/load-yaml.ts';

/** One case of a scenario file: its values, and the document with the values filled in. */
export interface Case {
  /** Value by name, `name` among them; empty when the file has no cases. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly value: unknown;
}

type Value = string | number | boolean;
export type CaseRow = { readonly name: string | number } & Readonly<Record<string, Value>>;

const PLACEHOLDER = /\$\{([^{}]*)\}/g;

/**
 * One document for each case. `${value}` is replaced in every text of the document; a text that is nothing but one
 * placeholder takes over the value itself. Names that no case has, values that nothing uses and equal case names are
 * issues.
 */
export function expandCases(
  source: Source,
  cases: readonly CaseRow[],
): { cases: Case[]; issues: FileIssue[] } {
  const issues: FileIssue[] = [];
  const used = new Set<string>(['name']);
  const complain = (path: DataPath, message: string, note?: IssueNote) =>
    issues.push(issueAt(source, path, message, note));

  const fill = (value: unknown, row: CaseRow, path: DataPath): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => fill(item, row, [...path, i]));
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value).map(([key, inner]) => [key, fill(inner, row, [...path, key])]);
      return Object.fromEntries(entries);
    }
    if (typeof value !== 'string' || !value.includes('${')) return value;
    const lookUp = (name: string): Value => {
      used.add(name);
      const found = Object.hasOwn(row, name) ? row[name] : undefined;
      if (found !== undefined) return found;
      complain(path, `case ${quote(row.name)} has no value ${quote(name)}`, {
        nearest: nearestWord(name, Object.keys(row)),
      });
      return '';
    };
    const whole = /^\$\{([^{}]*)\}$/.exec(value);
    if (whole) return lookUp(whole[1] ?? '');
    return value.replace(PLACEHOLDER, (_, name: string) => String(lookUp(name)));
  };

  const { cases: _, ...document } = source.value as Record<string, unknown>;
  const names = new Set<string>();
  const expanded = cases.map((row, i) => {
    if (names.has(String(row.name))) complain(['cases', i, 'name'], `two cases are named ${quote(row.name)}`);
    names.add(String(row.name));
    const parameters = Object.fromEntries(Object.entries(row).map(([key, value]) => [key, String(value)]));
    return { parameters, value: fill(document, row, []) };
  });
  for (const [i, row] of cases.entries()) {
    for (const key of Object.keys(row).filter((name) => !used.has(name)))
      complain(['cases', i, key], `nothing in the file uses the value ${quote(key)}`, { of: 'key' });
  }
  return { cases: expanded, issues };
}
