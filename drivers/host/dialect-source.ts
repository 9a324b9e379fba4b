import { readdirSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { valueOrThrow } from '../../rig/bench/load-issue.ts';
import { valueAt } from '../../rig/bench/load-schema.ts';
import { type DataPath, issueAt, readYaml, type Source } from '../../rig/bench/load-yaml.ts';
import { RigError } from '../../rig/model/errors.ts';
import { packaged } from '../../rig/model/package-root.ts';

/**
 * A dialect file with everything that it extends, merged into one document before the schema is applied. Every value
 * keeps its place in the file that says it, so that mistakes are told there.
 */
const FOLDER = 'drivers/host/dialects';
/** A chain longer than this is a mistake, most likely. */
const MOST_ANCESTORS = 8;

/** Names of the shipped dialects. */
export function dialectNames(): string[] {
  return readdirSync(packaged(FOLDER))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** A shipped dialect by name, or a file: with a slash or ending in `.yaml`, relative to `folder`. Throws FILE_INVALID. */
export function dialectPath(nameOrPath: string, folder = '.'): string {
  if (nameOrPath.startsWith('posrig:')) return packaged(nameOrPath.slice('posrig:'.length));
  if (/[\\/]/.test(nameOrPath) || nameOrPath.endsWith('.yaml')) {
    return isAbsolute(nameOrPath) ? nameOrPath : resolve(folder, nameOrPath);
  }
  const names = dialectNames();
  if (names.includes(nameOrPath)) return packaged(`${FOLDER}/${nameOrPath}.yaml`);
  throw new RigError('FILE_INVALID', 'file', `there is no host dialect "${nameOrPath}"`, {
    hint: `Known are ${names.join(', ')}; a dialect of your own is named by its path.`,
  });
}

/**
 * Reads a dialect file and those that it extends. The nearer file wins, key by key; `~` (nothing) takes away what was
 * inherited; its messages stand before the inherited ones, since the first that fits is taken; other lists are replaced.
 * A field that becomes fixed loses its inherited `max` and `prefix`, one that becomes variable its `length`. Throws
 * FILE_UNREADABLE, FILE_SYNTAX or FILE_INVALID.
 */
export function readDialectSource(path: string, below: readonly string[] = []): Source {
  const { source, issues } = readYaml(path);
  if (!source || issues.length > 0) return valueOrThrow<Source>({ issues });
  const { value } = source;
  if (!isMapping(value) || value['extends'] === undefined) return source;
  const name = value['extends'];
  const wrong = (message: string, expected: string): never =>
    valueOrThrow<never>({ issues: [issueAt(source, ['extends'], message, { expected })] });
  if (typeof name !== 'string') return wrong('not the name of a dialect', 'a shipped dialect, or a file');
  let parentPath: string;
  try {
    parentPath = dialectPath(name, dirname(path));
  } catch {
    return wrong(`there is no host dialect "${name}"`, `${dialectNames().join(', ')}, or a file`);
  }
  if (parentPath === path || below.includes(parentPath)) {
    return wrong('the dialect extends itself', 'a dialect that does not lead back here');
  }
  if (below.length >= MOST_ANCESTORS)
    return wrong('too many dialects extend each other', `${MOST_ANCESTORS}`);
  const { extends: _, ...own } = value;
  return merged({ ...source, value: own }, readDialectSource(parentPath, [...below, path]));
}

type Mapping = Readonly<Record<string, unknown>>;
const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function merged(own: Source, inherited: Source): Source {
  const ownMessages = valueAt(own.value, ['messages']);
  const added = Array.isArray(ownMessages) ? ownMessages.length : 0;
  return {
    file: own.file,
    sha256: own.sha256,
    value: mergeValues(own.value, inherited.value, []),
    place(path: DataPath, of) {
      const [key, index, ...rest] = path;
      if (key === 'messages' && typeof index === 'number' && index >= added) {
        return inherited.place(['messages', index - added, ...rest], of);
      }
      return isSaid(own.value, path) || !isSaid(inherited.value, path)
        ? own.place(path, of)
        : inherited.place(path, of);
    },
  };
}

/** Something stands at the path, `~` not counted. */
const isSaid = (value: unknown, path: DataPath): boolean => (valueAt(value, path) ?? null) !== null;

function mergeValues(own: unknown, inherited: unknown, path: DataPath): unknown {
  if (path.length === 1 && path[0] === 'messages' && Array.isArray(own) && Array.isArray(inherited)) {
    return [...own, ...inherited];
  }
  if (!isMapping(own) || !isMapping(inherited)) return own;
  const result: Record<string, unknown> = { ...inherited };
  if (path.length === 2 && path[0] === 'fields') dropOtherLength(result, own);
  for (const [key, value] of Object.entries(own)) {
    if (value === null) delete result[key];
    else
      result[key] = Object.hasOwn(inherited, key)
        ? mergeValues(value, inherited[key], [...path, key])
        : value;
  }
  return result;
}

/** What a field inherits about its length is meant no more when it says the opposite. */
function dropOtherLength(field: Record<string, unknown>, own: Mapping): void {
  if (own['length'] !== undefined) {
    delete field['max'];
    delete field['prefix'];
    delete field['prefix-encoding'];
    delete field['counts'];
  } else if (own['max'] !== undefined || own['prefix'] !== undefined) {
    delete field['length'];
    delete field['fill'];
  }
}
