import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { loadData, resolvePath } from '../bench/load.ts';
import { type FileIssue, inFileOrder, type Loaded, quote } from '../bench/load-issue.ts';
import { issueAt, readYaml } from '../bench/load-yaml.ts';
import type { Profile } from '../bench/profile.ts';
import { RigError } from '../model/errors.ts';
import type { PlaneName } from '../model/event.ts';
import type { Fault } from '../model/fault.ts';
import type { MessageKind } from '../model/message.ts';
import { packaged } from '../model/package-root.ts';
import { whyNot } from '../model/read-whole.ts';
import type { TillFault } from '../model/till-fault.ts';
import { TILL_WAYS, type TillWay } from '../model/till-ways.ts';
import { type Eyes, unseen } from './eyes.ts';
import { kindOf } from './kinds.ts';
import { loadScenarioFiles } from './load.ts';
import type { Lookups } from './lookups.ts';
import { actionEntry } from './registry.ts';
import { isOperation, type Scenario } from './scenario.ts';
import { PlanFile } from './schema.ts';

/** The scenarios that were asked for, in order; or every mistake of their files. */
export type Selection = Loaded<readonly Scenario[]>;

export interface SelectOptions {
  readonly lookups?: Lookups;
  /** Regular expression, not case-sensitive, on `id`, English and Chinese title. Throws USAGE when it is none. */
  readonly grep?: string;
}

/**
 * Loads the scenarios of files, folders and plans: in the order given, a folder by the names of its files, each scenario
 * once. Throws FILE_UNREADABLE when a path does not exist, USAGE for a bad `grep`.
 */
export function selectScenarios(paths: readonly string[], options: SelectOptions = {}): Selection {
  const pattern = options.grep === undefined ? undefined : asPattern(options.grep);
  const issues: FileIssue[] = [];
  const files = [...new Set(paths.flatMap((path) => scenarioFiles(path, issues, [])))];
  const loaded = loadScenarioFiles(files, options.lookups);
  const all = inFileOrder([...issues, ...loaded.issues]);
  if (all.length > 0) return { issues: all };
  return { value: loaded.scenarios.filter((scenario) => !pattern || matches(scenario, pattern)), issues: [] };
}

const matches = ({ id, title }: Scenario, pattern: RegExp) =>
  pattern.test(id) || pattern.test(title.en) || pattern.test(title.zh);

function asPattern(text: string): RegExp {
  try {
    return new RegExp(text, 'iu');
  } catch (cause) {
    throw new RigError('USAGE', 'file', `--grep ${quote(text)} is not a regular expression`, {
      cause,
      hint: 'Brackets that stand for themselves need a backslash: CITY-004\\[58\\].',
    });
  }
}

/** `posrig:path` is a path inside the package, from wherever one works. */
const shippedOr = (path: string): string =>
  path.startsWith('posrig:') ? packaged(path.slice('posrig:'.length)) : path;

const isYaml = (name: string) => /\.ya?ml$/.test(name);

/**
 * All YAML files at a path: the file itself, or those of a folder and its subfolders, by name; hidden folders and
 * `node_modules` are left out. `posrig:scenarios/till` is what ships. Throws FILE_UNREADABLE when there is no such path.
 */
export function yamlFiles(named: string): string[] {
  const path = shippedOr(named);
  return isFolder(path) ? yamlFilesIn(path) : [path];
}

const yamlFilesIn = (folder: string): string[] =>
  reading(folder, () => readdirSync(folder, { withFileTypes: true }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      const hidden = entry.name.startsWith('.');
      if (entry.isDirectory()) return hidden || entry.name === 'node_modules' ? [] : yamlFilesIn(path);
      // A link to a file is one, also when it leads nowhere: that is told when it is read. Links to folders may be circles.
      const linked = entry.isSymbolicLink() && !hidden && !leadsToFolder(path);
      return (entry.isFile() || linked) && isYaml(entry.name) ? [path] : [];
    });

const leadsToFolder = (link: string): boolean => {
  try {
    return statSync(link).isDirectory();
  } catch {
    return false;
  }
};

const isFolder = (path: string): boolean => reading(path, () => statSync(path)).isDirectory();

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const gone = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const message = gone
      ? `there is no file or folder ${quote(path)}`
      : `cannot read ${quote(path)}: ${whyNot(cause)}`;
    throw new RigError('FILE_UNREADABLE', 'file', message, {
      cause,
      hint: gone
        ? 'What ships is named posrig:scenarios/…; posrig list scenarios shows it.'
        : 'Check the path and its permissions.',
    });
  }
}

/** Scenario files of a path. Within a folder, files of another kind (plans, cards) are not meant. */
function scenarioFiles(named: string, issues: FileIssue[], plans: readonly string[]): string[] {
  const path = shippedOr(named);
  const files = yamlFiles(path);
  const single = files.length === 1 && files[0] === path;
  return files.flatMap((file) => {
    const { source } = readYaml(file, { numbers: 'as-written' });
    const kind = source && kindOf(source.value);
    if (single && kind === 'plan') return planFiles(file, issues, plans);
    return single || kind === 'scenario' || kind === undefined ? [shortest(file)] : [];
  });
}

/** Paths as people would type them from where they are. */
const shortest = (file: string) => {
  const short = relative(process.cwd(), resolve(file));
  return short.startsWith('..') ? resolve(file) : short;
};

function planFiles(file: string, issues: FileIssue[], above: readonly string[]): string[] {
  const plan = loadData(file, PlanFile);
  issues.push(...plan.issues);
  if (!plan.value) return [];
  const own = resolve(file);
  return plan.value.value.scenarios.flatMap((path, i) => {
    const target = resolvePath(path, own);
    const { source } = readYaml(file);
    const refuse = (message: string) => {
      if (source) issues.push(issueAt(source, ['scenarios', i], message));
      return [];
    };
    if (!existsSync(target)) return refuse(`there is no file or folder ${quote(path)}`);
    if (target === own || above.includes(target)) return refuse('this plan contains itself');
    return scenarioFiles(target, issues, [...above, own]);
  });
}

/** What a terminal on a bench offers to scenarios. */
export interface Offer {
  readonly profile: Pick<Profile, 'capabilities'> &
    Partial<Pick<Profile, 'keypad' | 'operations' | 'screens'>>;
  /** Planes that the bench has. */
  readonly planes: Iterable<PlaneName>;
  /** What enters transactions. */
  readonly hand: 'keypad' | 'till';
  readonly simulatedHost: boolean;
  /** Why the network cannot make a fault; undefined when it can. */
  readonly unable?: (fault: Fault) => string | undefined;
  /** Whether the bench can show payment codes to the terminal's scanner; undefined: not known before it is open. */
  readonly showsCodes?: boolean;
  /** Whether anybody on the bench pays codes that the terminal shows; undefined: not known before it is open. */
  readonly paysCodes?: boolean;
  /** Whether they also pay another code than the one on the screen, or pay it too late; undefined: not known likewise. */
  readonly paysAnyCode?: boolean;
  /** Why the till's cable cannot have a fault; undefined when it can. */
  readonly cableUnable?: (fault: TillFault) => string | undefined;
  /** What the till of the bench has commands for; undefined: whatever is asked of it. */
  readonly tillOrders?: readonly MessageKind[] | undefined;
  /** What its protocol has of what others lack; undefined: all of it, or not known before the bench is open. */
  readonly tillWays?: readonly TillWay[] | undefined;
  /** What the eyes of the bench cannot do; undefined: not known before it is open. */
  readonly eyes?: Eyes | undefined;
}

/**
 * Why a scenario does not apply to this terminal or bench; undefined when it does. Only what it requires counts: planes
 * that it merely observes may be missing.
 */
export function skipReason(scenario: Scenario, offer: Offer): string | undefined {
  const { needs } = scenario;
  const { entry, operations } = offer.profile.capabilities;
  const planes = new Set(offer.planes);
  const reasons: string[] = [];
  const missing = <T extends string>(wanted: readonly T[], offered: readonly T[]) =>
    wanted.filter((item) => !offered.includes(item)).join(' and ');
  const cannot = missing(needs.operations, operations);
  if (cannot) reasons.push(`the terminal has no ${cannot}`);
  const unread = missing(needs.entry, entry);
  if (unread) reasons.push(`the terminal takes no card by ${unread}`);
  const hand = needs.operations.length > 0 ? [needs.hand ?? offer.hand] : [];
  const absent = missing<PlaneName>([...new Set<PlaneName>([...needs.planes, ...hand])], [...planes]);
  if (absent) reasons.push(`the bench has no ${absent} plane`);
  if (needs.simulatedHost && !offer.simulatedHost && planes.has('host'))
    reasons.push('the acquirer of this bench is a real one and does not do what a scenario says');
  if (needs.entry.includes('scan') && offer.showsCodes === false && planes.has('card'))
    reasons.push('nothing on the bench shows payment codes: its card plane has no `codes`');
  const byShownCode = needs.entry.includes('shown-code') && entry.includes('shown-code');
  if (byShownCode && offer.eyes?.readsCodes === false)
    reasons.push('the terminal shows a code, and no camera of the bench sees its screen');
  if (byShownCode && offer.paysCodes === false)
    reasons.push(
      'nobody on the bench pays codes: the acquirer is a real one, and the card plane has no wallet',
    );
  const flawed = scenario.steps.flatMap(({ action }) => (isOperation(action) && action.code) || []);
  if (byShownCode && offer.paysAnyCode === false && offer.paysCodes !== false && flawed.length > 0)
    reasons.push(
      `the phone of a person reads the screen by itself: it pays no ${[...new Set(flawed)].join(' and no ')} code`,
    );
  const impossible = scenario.steps.flatMap(({ faults, cable }) => [
    ...faults.map((fault) => offer.unable?.(fault)),
    ...cable.map((fault) => offer.cableUnable?.(fault)),
  ]);
  reasons.push(...new Set(impossible.filter((why) => why !== undefined)));
  const orders = offer.tillOrders;
  // What keys begin in its stead, a till is told nothing of.
  const told = scenario.steps.flatMap(({ action, expect, cable }) =>
    (expect.till ?? cable[0]) ? [actionEntry(action.do).message] : [],
  );
  const untold = [...new Set(told.filter((kind) => kind !== undefined && orders && !orders.includes(kind)))];
  if (untold.length > 0) reasons.push(`the till has no command for ${untold.join(' and ')}`);
  const ways = offer.tillWays;
  if (ways)
    for (const way of needs.till ?? [])
      if (!ways.includes(way)) reasons.push(`the till ${TILL_WAYS[way]}: its protocol has nothing for it`);
  reasons.push(...unseen(scenario, offer));
  return reasons.length > 0 ? reasons.join('; ') : undefined;
}
