import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type { z } from 'zod';
import { CardFile } from '../model/card.ts';
import { RigError, toRigError } from '../model/errors.ts';
import { PACKAGE_ROOT, packaged } from '../model/package-root.ts';
import { AccessFile, RegionFile } from '../model/region.ts';
import { Bench } from './bench.ts';
import { LabelSet, withSets } from './label-set.ts';
import { type FileIssue, inFileOrder, type Loaded, nearestWord, quote, renderPath } from './load-issue.ts';
import { profileRules } from './load-profile-rules.ts';
import { fitSchema, issuesOf, oneOf, salvage, valueAt } from './load-schema.ts';
import { type DataPath, issueAt, readYaml, type Source } from './load-yaml.ts';
import type { CardUse, DriverEntry, FileTrouble } from './manifest.ts';
import { outsideDriver } from './outside.ts';
import { Profile } from './profile.ts';

/** A file that was read: what it says, where it stands, and the hash of its bytes for the journal. */
export interface FileOf<T> {
  readonly value: T;
  /** Absolute path. */
  readonly file: string;
  readonly sha256: string;
}

/** Where shipped data lie, inside the package. */
export const SHIPPED = {
  bench: 'drivers/virtual/bench.yaml',
  profiles: 'drivers/terminal/profiles',
  labels: 'drivers/printer/labels',
  cards: 'scenarios/cards.yaml',
  claims: 'scenarios/claims.yaml',
  regions: 'drivers/network/regions.yaml',
  accesses: 'drivers/network/access.yaml',
  policies: 'drivers/host/policies',
} as const;

/** A path of a file: `posrig:…` inside the package, absolute, or relative to the file that names it. */
export function resolvePath(path: string, from: string): string {
  if (path.startsWith('posrig:')) return join(PACKAGE_ROOT, path.slice('posrig:'.length));
  return isAbsolute(path) ? path : resolve(dirname(from), path);
}

/** A data file by its schema alone. Throws only FILE_UNREADABLE. */
export function loadData<T>(file: string, schema: z.ZodType<T>, rules?: Rules<T>): Loaded<FileOf<T>> {
  const { source, issues } = readYaml(file);
  if (!source) return { issues };
  const fitted = fitSchema(schema, source);
  const broken = rules ? rules((salvage(schema, source.value) ?? {}) as Partial<T>, source) : [];
  const all = inFileOrder([...issues, ...fitted.issues, ...broken]);
  if (all.length > 0 || !fitted.value) return { issues: all };
  return { value: { value: fitted.value, file: resolve(file), sha256: source.sha256 }, issues: [] };
}

/** Checks after the schema, on what is valid by itself. */
type Rules<T> = (draft: Partial<T>, source: Source) => FileIssue[];

/** Issues for values that must differ, e.g. ids of a list. */
const unique = (source: Source, list: string, key: string): FileIssue[] => {
  const items = valueAt(source.value, [list]);
  if (!Array.isArray(items)) return [];
  const values = items.map((item) => valueAt(item, [key]));
  return values.flatMap((value, i) =>
    value !== undefined && values.indexOf(value) < i
      ? [
          issueAt(
            source,
            [list, i, key],
            `the ${key} ${key === 'pan' ? '' : `${quote(value)} `}stands here twice`,
          ),
        ]
      : [],
  );
};

/** Test cards: ids and card numbers unique. */
export const loadCards = (file: string): Loaded<FileOf<CardFile>> =>
  loadData(file, CardFile, (_, source) => [
    ...unique(source, 'cards', 'id'),
    ...unique(source, 'cards', 'pan'),
  ]);

/** Regions: ids and egress addresses unique, so that the host can tell regions apart. */
export const loadRegions = (file: string): Loaded<FileOf<z.infer<typeof RegionFile>>> =>
  loadData(file, RegionFile, (_, source) => [
    ...unique(source, 'regions', 'id'),
    ...unique(source, 'regions', 'egress'),
  ]);

/** Access networks: ids unique. */
export const loadAccesses = (file: string): Loaded<FileOf<z.infer<typeof AccessFile>>> =>
  loadData(file, AccessFile, (_, source) => unique(source, 'access', 'id'));

/** Ids of the terminal profiles that ship. */
export const shippedProfiles = (): string[] =>
  readdirSync(packaged(SHIPPED.profiles))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => basename(name, '.yaml'))
    .sort();

/** A terminal profile by the id of a shipped one or by path (relative to the file `from` that names it). */
export function loadProfile(reference: string, from = join(process.cwd(), 'x')): Loaded<FileOf<Profile>> {
  const loaded = loadData(profilePath(reference, from), Profile, (draft, source) => [
    ...labelIssues(draft.receipt?.labels ?? [], source),
    ...profileRules(draft, source, (name) => loadLabels(name, source.file).value?.value),
  ]);
  if (!loaded.value) return loaded;
  const { value, file } = loaded.value;
  const sets = value.receipt.labels.flatMap((name) => loadLabels(name, file).value?.value ?? []);
  return {
    ...loaded,
    value: { ...loaded.value, value: { ...value, receipt: withSets(value.receipt, sets) } },
  };
}

/** Names of the label sets that ship. */
export const shippedLabels = (): string[] =>
  readdirSync(packaged(SHIPPED.labels))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => basename(name, '.yaml'))
    .sort();

/** Where a label set lies: a bare word is a shipped one, else a path relative to the file `from` that names it. */
export function labelsPath(reference: string, from = join(process.cwd(), 'x')): string {
  const bare = /^[a-z][a-z0-9-]*$/.test(reference);
  return bare ? packaged(`${SHIPPED.labels}/${reference}.yaml`) : resolvePath(reference, from);
}

/** A label set by the name of a shipped one or by path. Throws only FILE_UNREADABLE. */
export const loadLabels = (reference: string, from?: string): Loaded<FileOf<LabelSet>> =>
  loadData(labelsPath(reference, from), LabelSet);

/** Label sets that a profile names must be there and valid. */
function labelIssues(names: readonly (string | undefined)[], source: Source): FileIssue[] {
  return names.flatMap((name, i) => {
    if (name === undefined) return [];
    const path = ['receipt', 'labels', i];
    if (!existsSync(labelsPath(name, source.file))) {
      const nearest = nearestWord(name, shippedLabels());
      const more = nearest ? { nearest } : { expected: `a path, or one of ${oneOf(shippedLabels())}` };
      return [issueAt(source, path, `unknown label set ${quote(name)}`, more)];
    }
    return [...loadLabels(name, source.file).issues];
  });
}

/** Where a profile lies: a bare word is the id of a shipped one. */
export function profilePath(reference: string, from: string): string {
  const bare = /^[a-z0-9][a-z0-9-]*$/.test(reference);
  return bare ? packaged(`${SHIPPED.profiles}/${reference}.yaml`) : resolvePath(reference, from);
}

/** What a bench file may refer to. What is absent is not checked. */
export interface BenchLookups {
  readonly regions?: ReadonlySet<string>;
  readonly accesses?: ReadonlySet<string>;
  /** The drivers there are; their options are checked by their own schemas. */
  readonly drivers?: readonly DriverEntry[];
}

/**
 * A bench file, with the benches that it `extends` merged underneath: mappings merge key by key, anything else replaces;
 * a plane or service that names another driver starts from nothing; `null` takes one away, and an option of a driver too. A text that starts with `./` or
 * `../` in an extended bench stays relative to that file. `${…}` stays for the run. Throws only FILE_UNREADABLE.
 */
export async function loadBench(file: string, lookups: BenchLookups = {}): Promise<Loaded<FileOf<Bench>>> {
  const { source, issues } = readBench(resolve(file), []);
  if (!source) return { issues };
  const fitted = fitSchema(Bench, source);
  const draft = (salvage(Bench, source.value) ?? {}) as Partial<Bench>;
  const all = inFileOrder([
    ...issues,
    ...fitted.issues,
    ...benchRules(draft, source, lookups),
    ...(await driverIssues(source, lookups.drivers, cardIds(draft, source))),
  ]);
  if (all.length > 0 || !fitted.value) return { issues: all };
  return { value: { value: fitted.value, file: resolve(file), sha256: source.sha256 }, issues: [] };
}

const MOST_EXTENDED = 8;

function readBench(
  file: string,
  above: readonly string[],
): { source?: Source; issues: readonly FileIssue[] } {
  const { source, issues } = readYaml(file);
  const base = source && valueAt(source.value, ['extends']);
  if (!source || typeof base !== 'string') return source ? { source, issues } : { issues };
  const baseFile = resolvePath(base, file);
  const refuse = (message: string) => ({
    source,
    issues: [...issues, issueAt(source, ['extends'], message)],
  });
  if (!existsSync(baseFile)) return refuse(`there is no file ${quote(baseFile)}`);
  if (baseFile === file || above.includes(baseFile)) return refuse('this bench extends itself');
  if (above.length >= MOST_EXTENDED) return refuse(`more than ${MOST_EXTENDED} benches extend one another`);
  const under = readBench(baseFile, [...above, file]);
  if (!under.source) return { issues: [...issues, ...under.issues] };
  return { source: layered(source, under.source), issues: [...issues, ...under.issues] };
}

/** One document over another; every value keeps the place where it was written. */
function layered(over: Source, base: Source): Source {
  const { extends: _, ...below } = (base.value ?? {}) as Record<string, unknown>;
  const value = merge(over.value, anchored(below, base.file));
  return {
    file: over.file,
    sha256: createHash('sha256').update(over.sha256).update(base.sha256).digest('hex'),
    value,
    place: (path, of) =>
      (path.length === 0 || hasPath(over.value, path) || !hasPath(base.value, path) ? over : base).place(
        path,
        of,
      ),
  };
}

const hasPath = (value: unknown, path: DataPath) => valueAt(value, path) !== undefined;
const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function merge(over: unknown, base: unknown, inDriver = false): unknown {
  if (!isMapping(over) || !isMapping(base)) return over;
  if ('driver' in over && 'driver' in base && over['driver'] !== base['driver']) return over;
  const merged: Record<string, unknown> = { ...base };
  const options = inDriver || 'driver' in base;
  for (const [key, value] of Object.entries(over)) {
    if (value === null && options) delete merged[key];
    else merged[key] = key in base ? merge(value, base[key], options) : value;
  }
  return merged;
}

/** Paths of an extended bench, made absolute before they come into another folder. */
function anchored(value: unknown, file: string): unknown {
  if (typeof value === 'string') return /^\.\.?\//.test(value) ? resolvePath(value, file) : value;
  if (Array.isArray(value)) return value.map((item) => anchored(item, file));
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, anchored(inner, file)]));
}

/** Lists that a bench names. */
const LISTS = ['cards', 'regions', 'access-networks'] as const;

function benchRules(bench: Partial<Bench>, source: Source, lookups: BenchLookups): FileIssue[] {
  const issues: FileIssue[] = [];
  const known = (what: string, ids: ReadonlySet<string> | undefined, key: 'home' | 'access') => {
    const id = bench[key];
    if (!ids || id === undefined || ids.has(id)) return;
    const nearest = nearestWord(id, ids);
    issues.push(
      issueAt(
        source,
        [key],
        `unknown ${what} ${quote(id)}`,
        nearest ? { nearest } : { expected: oneOf([...ids]) },
      ),
    );
  };
  const written = (key: 'profile' | (typeof LISTS)[number]) => source.place([key]).file;
  const existing = (file: string) => (existsSync(file) ? file : undefined);
  // Where the bench names lists of the lab, these count instead of those that ship.
  const ids = (items: readonly { readonly id: string }[] | undefined) =>
    items && new Set(items.map(({ id }) => id));
  const own = (key: (typeof LISTS)[number]) => {
    const file = bench[key];
    return file === undefined ? undefined : existing(resolvePath(file, written(key)));
  };
  const regions = own('regions');
  const accesses = own('access-networks');
  known('region', regions ? ids(loadRegions(regions).value?.value.regions) : lookups.regions, 'home');
  known(
    'access network',
    accesses ? ids(loadAccesses(accesses).value?.value.access) : lookups.accesses,
    'access',
  );
  if (bench.profile !== undefined && !existsSync(profilePath(bench.profile, written('profile')))) {
    const nearest = nearestWord(bench.profile, shippedProfiles());
    issues.push(
      issueAt(source, ['profile'], `unknown profile ${quote(bench.profile)}`, {
        expected: `a path, or one of ${oneOf(shippedProfiles())}`,
        nearest,
      }),
    );
  }
  for (const key of LISTS) {
    const file = bench[key];
    if (file !== undefined && !existsSync(resolvePath(file, written(key))))
      issues.push(issueAt(source, [key], `there is no file ${quote(file)}`));
  }
  return issues;
}

/** A line of an error that begins with a place. */
const PLACED = /^(.+?):(\d+):(\d+): (.*)$/;

/** The mistakes of a file that an option names: at their places in it, else where the option stands. */
function troubleIssues(source: Source, at: DataPath, { option, error }: FileTrouble): FileIssue[] {
  const path = [...at, ...option];
  return error.message.split('\n').map((line) => {
    const [, file, row, column, message] = PLACED.exec(line) ?? [];
    if (file === undefined || message === undefined)
      return issueAt(source, path, error.hint ? `${line} (${error.hint})` : line);
    return {
      kind: error.code === 'FILE_SYNTAX' ? 'syntax' : 'invalid',
      file,
      line: Number(row),
      column: Number(column),
      path: renderPath(path),
      message,
    };
  });
}

/** Ids of the card file of a bench; undefined when it cannot be read, which is told elsewhere. */
function cardIds(bench: Partial<Bench>, source: Source): ReadonlySet<string> | undefined {
  const file =
    bench.cards === undefined
      ? packaged(SHIPPED.cards)
      : resolvePath(bench.cards, source.place(['cards']).file);
  const cards = existsSync(file) ? loadCards(file).value?.value.cards : undefined;
  return cards && new Set(cards.map(({ id }) => id));
}

/** Cards outside the card file. What looks like a card number is not repeated. */
const strangers = (
  source: Source,
  at: DataPath,
  uses: readonly CardUse[] | undefined,
  ids: ReadonlySet<string>,
): FileIssue[] =>
  (uses ?? []).flatMap(({ option, card }) => {
    if (ids.has(card) || card.includes('${')) return [];
    const number = /\d{12,}/.test(card);
    const nearest = number ? undefined : nearestWord(card, ids);
    const path = number ? [...at, ...option.slice(0, -1)] : [...at, ...option];
    const message = `${number ? 'a card number stands where the id of a card belongs: that card' : quote(card)} is not in the card file`;
    return [issueAt(source, path, message, nearest ? { nearest } : { expected: oneOf([...ids]) })];
  });

/** The drivers of the other planes of a bench. */
function driversBeside({ value }: Source, own: string): Readonly<Record<string, string>> {
  const planes = valueAt(value, ['planes']);
  if (!isMapping(planes)) return {};
  return Object.fromEntries(
    Object.entries(planes).flatMap(([plane, use]) =>
      plane !== own && isMapping(use) && typeof use['driver'] === 'string' ? [[plane, use['driver']]] : [],
    ),
  );
}

/** Names of drivers, their options by their own schemas, and the files that these name. What `${…}` stands for is not known before the run. */
async function driverIssues(
  source: Source,
  drivers: readonly DriverEntry[] | undefined,
  cards: ReadonlySet<string> | undefined,
): Promise<FileIssue[]> {
  if (!drivers) return [];
  const issues: FileIssue[] = [];
  for (const group of ['services', 'planes'] as const) {
    const uses = valueAt(source.value, [group]);
    if (!isMapping(uses)) continue;
    for (const [name, use] of Object.entries(uses)) {
      if (!isMapping(use) || typeof use['driver'] !== 'string') continue;
      const { driver, ...options } = use;
      const fitting = drivers.filter((d) => d.plane === (group === 'services' ? 'service' : name));
      const entry =
        fitting.find((d) => d.name === driver) ??
        (await outsideDriver(driver, name, source.file).catch((thrown) => toRigError(thrown)));
      if (entry instanceof RigError) {
        issues.push(issueAt(source, [group, name, 'driver'], entry.message));
        continue;
      }
      if (!entry) {
        const names = fitting.map((d) => d.name);
        const nearest = nearestWord(driver, names);
        const more = nearest
          ? { nearest }
          : { expected: oneOf(names) || 'a driver for it; none is installed' };
        issues.push(issueAt(source, [group, name, 'driver'], `no driver ${quote(driver)} for ${name}`, more));
        continue;
      }
      const module = await entry.load();
      const { options: schema } = module;
      const result = schema.safeParse(options);
      if (result.success) {
        // Options that a run is still to fill in name no file yet.
        const known = !JSON.stringify(options).includes('${');
        const resolve = (path: string) => resolvePath(path, source.file);
        for (const trouble of (known && module.files?.(result.data, resolve)) || [])
          issues.push(...troubleIssues(source, [group, name], trouble));
        const clash = module.besides?.(result.data, driversBeside(source, name), resolve);
        if (clash !== undefined) issues.push(issueAt(source, [group, name, 'driver'], clash));
        if (cards) issues.push(...strangers(source, [group, name], module.cards?.(result.data), cards));
        continue;
      }
      // Zod's keys relate to the options; their places to the whole document.
      issues.push(
        ...issuesOf(schema, source, result.error.issues, [group, name]).filter(
          (issue) => !issue.message.includes('${'),
        ),
      );
    }
  }
  return issues;
}
