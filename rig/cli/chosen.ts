import { existsSync, statSync } from 'node:fs';
import { type FileOf, loadData, resolvePath } from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import { readYaml } from '../bench/load-yaml.ts';
import { attemptsOf, decidedIds } from '../campaign/attempts.ts';
import type { Campaign } from '../model/campaign.ts';
import { RigError } from '../model/errors.ts';
import type { Titles } from '../model/event.ts';
import { packaged } from '../model/package-root.ts';
import { excludedBy, isChosen } from '../scenario/applicability.ts';
import { kindOf } from '../scenario/kinds.ts';
import type { Lookups } from '../scenario/lookups.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { PlanFile } from '../scenario/schema.ts';
import { selectScenarios } from '../scenario/select.ts';

/** What a run is to do: the scenarios in order, and the plan that named them, if one did. */
export interface Chosen {
  readonly scenarios: readonly Scenario[];
  readonly plan?: FileOf<PlanFile>;
}

/**
 * The scenarios of paths, else of the plan that was named, else of the campaign's plan (only those that are outstanding,
 * unless `grep` names some), else of the plan `smoke` (`full` with `grep`). Throws USAGE for a plan that is not there.
 */
export async function chosenScenarios(
  paths: readonly string[],
  options: { readonly plan?: string; readonly grep?: string },
  lookups: Lookups,
  campaign?: FileOf<Campaign>,
): Promise<Chosen> {
  const grep = options.grep === undefined ? {} : { grep: options.grep };
  if (paths.length > 0) {
    const scenarios = valueOrThrow(selectScenarios(paths, { lookups, ...grep }));
    const [only] = paths;
    const plan =
      paths.length === 1 && only !== undefined && isPlan(only)
        ? valueOrThrow(loadData(only, PlanFile))
        : undefined;
    return plan ? { scenarios: scenarios.filter((one) => isChosen(one, plan.value)), plan } : { scenarios };
  }
  const file =
    campaign && options.plan === undefined
      ? planOfCampaign(campaign)
      : // Who names scenarios means any of them, not those of the quick plan.
        shippedPlan(options.plan ?? (options.grep === undefined ? 'smoke' : 'full'));
  const plan = valueOrThrow(loadData(file, PlanFile));
  const all = plannedScenarios(plan, lookups, grep);
  if (!campaign || options.grep !== undefined) return { scenarios: all, plan };
  const done = decidedIds(await attemptsOf(campaign.file));
  return { scenarios: all.filter(({ id }) => !done.has(id)), plan };
}

/** The scenarios of a plan that prove what it is about. */
export const plannedScenarios = (
  plan: FileOf<PlanFile>,
  lookups: Lookups,
  grep: { readonly grep?: string } = {},
): readonly Scenario[] =>
  valueOrThrow(selectScenarios([plan.file], { lookups, ...grep })).filter((one) => isChosen(one, plan.value));

/** Scenarios that a plan takes for not applicable to a terminal with these answers, with the reason of each. */
export const excludedScenarios = (
  scenarios: readonly Scenario[],
  plan: PlanFile | undefined,
  ics: Readonly<Record<string, string>>,
): ReadonlyMap<string, Titles> =>
  new Map(
    scenarios.flatMap((scenario): [string, Titles][] => {
      const reason = plan && excludedBy(scenario, plan, ics);
      return reason === undefined ? [] : [[scenario.id, reason]];
    }),
  );

const isPlan = (path: string): boolean =>
  statSync(path).isFile() && kindOf(readYaml(path).source?.value) === 'plan';

function shippedPlan(name: string): string {
  const file = packaged(`scenarios/plans/${name}.yaml`);
  if (existsSync(file)) return file;
  throw new RigError('USAGE', 'file', `there is no plan "${name}"`, { hint: 'See `posrig list plans`.' });
}

/** The plan file of a campaign: a shipped one by its name, or a path relative to the campaign file. */
export function planOfCampaign({ value, file }: FileOf<Campaign>): string {
  const plan = value.method?.plan;
  if (!plan) {
    throw new RigError('USAGE', 'file', `the campaign ${file} names no plan`, {
      at: file,
      hint: 'Fill in method.plan: the name of a shipped plan, or a path.',
    });
  }
  if (/^[a-z0-9][a-z0-9-]*$/.test(plan)) return shippedPlan(plan);
  const path = resolvePath(plan, file);
  if (existsSync(path)) return path;
  throw new RigError('FILE_UNREADABLE', 'file', `there is no plan ${path}`, {
    at: file,
    hint: 'method.plan of the campaign names it.',
  });
}
