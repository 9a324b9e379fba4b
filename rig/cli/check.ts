import { resolve } from 'node:path';
import type { BenchLookups } from '../bench/load.ts';
import { loadAccesses, loadBench, loadCards, loadData, loadRegions } from '../bench/load.ts';
import { type FileIssue, inFileOrder, quote, renderIssue } from '../bench/load-issue.ts';
import { type Parsed, readYaml } from '../bench/load-yaml.ts';
import { loadCampaign } from '../campaign/load.ts';
import { isRigError } from '../model/errors.ts';
import { EXIT } from '../model/verdict.ts';
import { loadStatedProfile } from '../scenario/applicability.ts';
import { FILE_KINDS, type FileKind, type FileKindName, kindOf } from '../scenario/kinds.ts';
import { loadScenarioFile, loadScenarioFiles } from '../scenario/load.ts';
import type { Lookups } from '../scenario/lookups.ts';
import { selectScenarios, yamlFiles } from '../scenario/select.ts';
import { benchesAmong, contradictionsOn } from './check-network.ts';
import { namesToCheck } from './known.ts';

export interface CheckOptions {
  /** Print one JSON object: `{ files, issues }`. */
  readonly json?: boolean;
  /** Each file by itself: what a bench among them cannot do says nothing of the scenarios. */
  readonly apart?: boolean;
  /** Where to print; standard output unless given. */
  readonly write?: (text: string) => void;
}

/** What was looked at and every mistake found. */
export interface CheckResult {
  readonly files: readonly { readonly file: string; readonly kind: FileKindName }[];
  /** Files in folders that are none of posrig's kinds. */
  readonly ignored: readonly string[];
  readonly issues: readonly FileIssue[];
}

/**
 * `posrig check`: validates files (and the files in folders) without any device, prints every mistake as
 * `file:line:column: …` and a count. Returns the exit code: 0, or 3 when anything is invalid, or cannot be read.
 */
export async function check(
  paths: readonly string[],
  options: CheckOptions,
  lookups: Lookups & BenchLookups = {},
): Promise<number> {
  const write = options.write ?? ((text: string) => void process.stdout.write(text));
  const result = await checkFiles(paths, lookups, options.apart);
  write(options.json ? `${JSON.stringify(result, null, 2)}\n` : inWords(result));
  return result.issues.length > 0 ? EXIT.invalid : EXIT.ok;
}

/** As `check`, without printing. */
export async function checkFiles(
  paths: readonly string[],
  lookups: Lookups & BenchLookups = {},
  apart = false,
): Promise<CheckResult> {
  const files: { file: string; kind: FileKindName }[] = [];
  const ignored: string[] = [];
  const issues: FileIssue[] = [];
  // A path that leads nowhere keeps nobody from the mistakes of the others.
  const [given, gone] = filesAt(paths);
  issues.push(...gone);
  const benches = apart
    ? []
    : await benchesAmong(
        given.filter(({ kind }) => kind === 'bench').map(({ file }) => file),
        lookups,
      );
  const contradicts = await contradictionsOn(benches, lookups);
  const known = namesToCheck(contradicts ? { ...lookups, contradicts } : lookups, benches);
  for (const { file, alone, kind, parsed } of given) {
    if (kind) {
      files.push({ file, kind });
      issues.push(...(await issuesOfFile(file, kind, known)));
    } else if (!parsed.source) {
      issues.push(...parsed.issues);
    } else if (alone) {
      const message = `${quote(file)} is ${(parsed.source.value ?? null) === null ? 'empty' : 'none of the files that posrig reads'}`;
      const place = parsed.source.place([]);
      issues.push({ kind: 'invalid', ...place, path: '', message, expected: kindsInWords() });
    } else {
      ignored.push(file);
    }
  }
  // Ids must be unique over all scenarios that were given together.
  const scenarios = files.filter(({ kind }) => kind === 'scenario').map(({ file }) => file);
  issues.push(...loadScenarioFiles(scenarios, known).issues);
  return { files, ignored, issues: inFileOrder(issues) };
}

/** A file to check; `alone` when it was named itself, not found in a folder. */
interface Given {
  readonly file: string;
  readonly alone: boolean;
  readonly parsed: Parsed;
  readonly kind: FileKindName | undefined;
}

/** The files at the paths, each once, and what cannot be read. */
function filesAt(paths: readonly string[]): [files: readonly Given[], gone: readonly FileIssue[]] {
  const given = new Map<string, Given>();
  const gone: FileIssue[] = [];
  for (const path of paths) {
    for (const file of orIssue(() => yamlFiles(path), path, gone) ?? []) {
      if (given.has(resolve(file))) continue;
      const parsed = orIssue(() => readYaml(file, { numbers: 'as-written' }), file, gone);
      if (!parsed) continue;
      const kind = parsed.source && kindOf(parsed.source.value);
      given.set(resolve(file), { file, alone: file === path, parsed, kind });
    }
  }
  return [[...given.values()], gone];
}

/** What reading gave; an error of the rig becomes a mistake of that file. */
function orIssue<T>(read: () => T, file: string, issues: FileIssue[]): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (!isRigError(thrown)) throw thrown;
    issues.push({ kind: 'syntax', file, line: 1, column: 1, path: '', message: thrown.message });
    return undefined;
  }
}

async function issuesOfFile(
  file: string,
  kind: FileKindName,
  lookups: Lookups & BenchLookups,
): Promise<readonly FileIssue[]> {
  switch (kind) {
    case 'scenario':
      return loadScenarioFile(file, lookups).issues;
    case 'plan':
      return selectScenarios([file], { lookups }).issues;
    case 'bench':
      return (await loadBench(file, lookups)).issues;
    case 'profile':
      return loadStatedProfile(resolve(file)).issues.map((issue) => ({ ...issue, file }));
    case 'cards':
      return loadCards(file).issues;
    case 'regions':
      return loadRegions(file).issues;
    case 'access':
      return loadAccesses(file).issues;
    case 'campaign':
      return loadCampaign(file).issues;
    default: {
      const { schema }: FileKind = FILE_KINDS[kind];
      return loadData(file, schema).issues;
    }
  }
}

const kindsInWords = () =>
  `a ${Object.entries(FILE_KINDS)
    .map(([name, { marks }]) => `${name} (with ${marks[0]})`)
    .join(', ')}`;

function inWords({ files, ignored, issues }: CheckResult): string {
  const lines = issues.map(renderIssue);
  const bad = new Set(issues.map((issue) => resolve(issue.file)));
  const good = files.filter(({ file }) => !bad.has(resolve(file))).length;
  const count = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`;
  lines.push(
    issues.length === 0
      ? `${count(good, 'file')} valid`
      : `${count(issues.length, 'mistake')} in ${count(bad.size, 'file')}, ${count(good, 'file')} valid`,
  );
  if (ignored.length > 0) lines.push(`not posrig's: ${ignored.join(', ')}`);
  return `${lines.join('\n')}\n`;
}
