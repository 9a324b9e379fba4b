import { dirname, resolve } from 'node:path';
import { type FileIssue, inFileOrder, valueOrThrow } from '../../rig/bench/load-issue.ts';
import { fitSchema } from '../../rig/bench/load-schema.ts';
import { type DataPath, issueAt, type Source } from '../../rig/bench/load-yaml.ts';
import { Dialect } from '../codec/iso8583/dialect.ts';
import { dialectPath, readDialectSource } from './dialect-source.ts';
import { loadResponseCodes } from './response-codes.ts';

export { dialectNames } from './dialect-source.ts';

const loaded = new Map<string, Dialect>();

/**
 * A dialect by the name of a shipped one (`unionpay-pos`) or by path (anything with a slash or ending in `.yaml`,
 * relative to the working directory), with what it extends, checked, and with the meanings of its response codes put
 * into the response code field. There is one copy of each field table: simulator, observer, relay, virtual terminal and
 * decoder all load it here. Throws FILE_UNREADABLE, FILE_SYNTAX or FILE_INVALID with file, line and column; for an
 * unknown name the known ones.
 */
export function loadDialect(nameOrPath: string): Dialect {
  const path = dialectPath(nameOrPath);
  const known = loaded.get(path);
  if (known) return known;
  const source = readDialectSource(path);
  const dialect = valueOrThrow(fitSchema<Dialect>(Dialect, source));
  checkReferences(dialect, source);
  const complete = withMeanings(dialect, source);
  loaded.set(path, complete);
  return complete;
}

/** The table is a shipped one by name, or a file named relative to the dialect that names it. */
function withMeanings(dialect: Dialect, source: Source): Dialect {
  const name = dialect['response-codes'];
  const code = dialect.fields[dialect.dialogue.code];
  if (name === undefined || !code) return dialect;
  const folder = dirname(source.place(['response-codes']).file);
  const { codes } = loadResponseCodes(name.endsWith('.yaml') ? resolve(folder, name) : name);
  const values = Object.fromEntries(Object.entries(codes).map(([key, { en, zh }]) => [key, { en, zh }]));
  return { ...dialect, fields: { ...dialect.fields, [dialect.dialogue.code]: { ...code, values } } };
}

/** Every field that rules and mappings name must be in the field table. */
function checkReferences(dialect: Dialect, source: Source): void {
  const issues: FileIssue[] = [];
  const check = (id: string | undefined, path: DataPath, of: 'key' | 'value' = 'value') => {
    const bit = id?.split('.')[0];
    if (bit === undefined || dialect.fields[bit] !== undefined) return;
    issues.push(issueAt(source, path, `F${bit} is not among the fields`, { of }));
  };
  const all = (ids: Readonly<Record<string, string | undefined>>, path: DataPath) => {
    for (const [key, id] of Object.entries(ids)) check(id, [...path, key]);
  };
  all(dialect.dialogue, ['dialogue']);
  check(dialect.mac?.field, ['mac', 'field']);
  check(dialect.mac?.['second-field'], ['mac', 'second-field']);
  for (const [i, { match, echo, original }] of dialect.messages.entries()) {
    for (const id of Object.keys(match)) check(id, ['messages', i, 'match', id], 'key');
    for (const [j, id] of echo.entries()) check(id, ['messages', i, 'echo', j]);
    all(original, ['messages', i, 'original']);
  }
  for (const [bit, { layouts }] of Object.entries(dialect.fields)) {
    for (const [i, { when }] of layouts.entries()) {
      for (const id of Object.keys(when.fields ?? {})) {
        check(id, ['fields', bit, 'layouts', i, 'when', 'fields', id], 'key');
      }
    }
  }
  if (issues.length > 0) valueOrThrow<never>({ issues: inFileOrder(issues) });
}
