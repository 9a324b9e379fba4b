import { readdirSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { RigError } from '../../rig/model/errors.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { Dialect } from '../codec/iso8583/dialect.ts';
import { readFileAs } from './read-file.ts';
import { loadResponseCodes } from './response-codes.ts';

const FOLDER = 'drivers/host/dialects';
const loaded = new Map<string, Dialect>();

/** Names of the shipped dialects. */
export function dialectNames(): string[] {
  return readdirSync(packaged(FOLDER))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/**
 * A dialect by the name of a shipped one (`unionpay-pos`) or by path (anything with a slash or ending in `.yaml`,
 * relative to the working directory), checked, with the meanings of its response codes put into the response code field.
 * There is one copy of each field table: simulator, relay, virtual terminal and decoder all load it here. Throws
 * FILE_UNREADABLE, FILE_SYNTAX or FILE_INVALID with the file's name; for an unknown name the known ones.
 */
export function loadDialect(nameOrPath: string): Dialect {
  const path = pathOf(nameOrPath);
  const known = loaded.get(path);
  if (known) return known;
  const dialect = withMeanings(readFileAs(path, Dialect), path);
  checkReferences(dialect, path);
  loaded.set(path, dialect);
  return dialect;
}

function pathOf(nameOrPath: string): string {
  if (nameOrPath.startsWith('posrig:')) return packaged(nameOrPath.slice('posrig:'.length));
  if (/[\\/]/.test(nameOrPath) || nameOrPath.endsWith('.yaml')) {
    return isAbsolute(nameOrPath) ? nameOrPath : resolve(nameOrPath);
  }
  const names = dialectNames();
  if (names.includes(nameOrPath)) return packaged(`${FOLDER}/${nameOrPath}.yaml`);
  throw new RigError('FILE_INVALID', 'file', `there is no host dialect "${nameOrPath}"`, {
    hint: `Known are ${names.join(', ')}; a dialect of your own is named by its path.`,
  });
}

/** The table is a shipped one by name, or a file named relative to the dialect's. */
function withMeanings(dialect: Dialect, path: string): Dialect {
  const name = dialect['response-codes'];
  const code = dialect.fields[dialect.dialogue.code];
  if (name === undefined || !code) return dialect;
  const { codes } = loadResponseCodes(name.endsWith('.yaml') ? resolve(dirname(path), name) : name);
  const values = Object.fromEntries(Object.entries(codes).map(([key, { en, zh }]) => [key, { en, zh }]));
  return { ...dialect, fields: { ...dialect.fields, [dialect.dialogue.code]: { ...code, values } } };
}

/** Every field that rules and mappings name must be in the field table. */
function checkReferences(dialect: Dialect, path: string): void {
  const named = [
    ...Object.values(dialect.dialogue),
    ...(dialect.mac ? [dialect.mac.field] : []),
    ...dialect.messages.flatMap(({ match, echo, original }) => [
      ...Object.keys(match),
      ...echo,
      ...Object.values(original),
    ]),
  ];
  const missing = [...new Set(named)].filter((id) => dialect.fields[id?.split('.')[0] ?? ''] === undefined);
  if (missing.length > 0) {
    throw new RigError(
      'FILE_INVALID',
      'file',
      `the dialect ${path} names fields that it does not define: ${missing.join(', ')}`,
      {
        at: path,
      },
    );
  }
}
