import { basename, dirname, resolve, sep } from 'node:path';
import { type FileIssue, inFileOrder, quote } from '../bench/load-issue.ts';
import { issuesOf, salvage, valueAt } from '../bench/load-schema.ts';
import { type Parsed, parseYaml, readYaml, type Source } from '../bench/load-yaml.ts';
import { type Case, type CaseRow, expandCases } from './cases.ts';
import { compileScenario } from './compile.ts';
import type { Lookups } from './lookups.ts';
import { brokenRules, type Draft } from './rules.ts';
import type { Scenario } from './scenario.ts';
import { ScenarioFile } from './schema.ts';

/** What scenario files gave: the valid ones as scenarios, and every mistake of the others. */
export interface LoadedScenarios {
  readonly scenarios: readonly Scenario[];
  readonly issues: readonly FileIssue[];
}

/**
 * Loads one scenario file: one scenario, or one for each case. A file with any mistake gives no scenario, and all its
 * mistakes. Throws only FILE_UNREADABLE.
 */
export function loadScenarioFile(file: string, lookups: Lookups = {}): LoadedScenarios {
  return fromParsed(readYaml(file, { numbers: 'as-written' }), lookups);
}

/** As `loadScenarioFile`, from a text; `file` names it in issues. Never throws. */
export function parseScenario(file: string, text: string, lookups: Lookups = {}): LoadedScenarios {
  return fromParsed(parseYaml(file, text, { numbers: 'as-written' }), lookups);
}

/** Loads several files and checks that ids are unique over all of them. Order of files and of cases is kept. */
export function loadScenarioFiles(files: readonly string[], lookups: Lookups = {}): LoadedScenarios {
  const loaded = files.map((file) => loadScenarioFile(file, lookups));
  const issues = loaded.flatMap((one) => one.issues);
  const first = new Map<string, Scenario>();
  const scenarios: Scenario[] = [];
  for (const scenario of loaded.flatMap((one) => one.scenarios)) {
    const other = first.get(scenario.id);
    if (!other) {
      first.set(scenario.id, scenario);
      scenarios.push(scenario);
    } else if (other.file !== scenario.file) {
      const place = readYaml(scenario.file).source?.place(['id']) ?? {
        file: scenario.file,
        line: 1,
        column: 1,
      };
      issues.push({
        kind: 'invalid',
        ...place,
        path: 'id',
        message: `id ${quote(scenario.id)} is taken by ${other.file}`,
        expected: 'an id of its own for every scenario',
      });
    }
  }
  return { scenarios, issues: inFileOrder(issues) };
}

function fromParsed({ source, issues: syntax }: Parsed, lookups: Lookups): LoadedScenarios {
  if (!source) return { scenarios: [], issues: syntax };
  const { cases, issues: caseIssues, certain } = casesOf(source);
  const issues = [...syntax, ...caseIssues];
  const scenarios: Scenario[] = [];
  for (const { parameters, value } of cases) {
    const filled: Source = { ...source, value };
    const result = ScenarioFile.safeParse(value);
    const found = [
      ...(result.success ? [] : issuesOf(ScenarioFile, filled, result.error.issues)),
      ...brokenRules((salvage(ScenarioFile, value) ?? {}) as Draft, filled, lookups),
    ];
    // Where a placeholder stands for nothing, that is the mistake, not what its absence leads to.
    const empty = ({ line, column }: FileIssue) =>
      caseIssues.some((c) => c.line === line && c.column === column);
    issues.push(...found.filter((issue) => !empty(issue) && (certain || !issue.message.includes('${'))));
    if (!result.success || found.length > 0) continue;
    const origin = { file: source.file, sha256: source.sha256, theme: themeOf(source.file), parameters };
    scenarios.push(named(compileScenario(result.data, origin), valueAt(source.value, ['title'])));
  }
  return issues.length > 0 ? { scenarios: [], issues: inFileOrder(issues) } : { scenarios, issues: [] };
}

/** The cases of a file. When the list of cases is wrong itself, the file is checked with its placeholders standing. */
function casesOf(source: Source): { cases: readonly Case[]; issues: readonly FileIssue[]; certain: boolean } {
  const whole = [{ parameters: {}, value: source.value }];
  const rows = valueAt(source.value, ['cases']);
  if (rows === undefined) return { cases: whole, issues: [], certain: true };
  const parsed = ScenarioFile.shape.cases.safeParse(rows);
  if (!parsed.success || !parsed.data) return { cases: whole, issues: [], certain: false };
  const expanded = expandCases(source, parsed.data as readonly CaseRow[]);
  return { cases: expanded.cases, issues: expanded.issues, certain: true };
}

/** Cases that share one title are told apart by their names. */
function named(scenario: Scenario, written: unknown): Scenario {
  const name = scenario.parameters['name'];
  const { en, zh } = scenario.title;
  const shared = (written as { en?: unknown } | undefined)?.en === en;
  return name === undefined || !shared
    ? scenario
    : { ...scenario, title: { en: `${en} (${name})`, zh: `${zh}(${name})` } };
}

/** The folder under `scenarios/` that a file stands in; outside of such a folder, the folder that holds it. */
export function themeOf(file: string): string {
  const folders = dirname(resolve(file)).split(sep);
  const root = folders.lastIndexOf('scenarios');
  return (root >= 0 && folders[root + 1]) || basename(dirname(resolve(file)));
}
