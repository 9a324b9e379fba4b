import { dirname, resolve } from 'node:path';
import { loadData, SHIPPED } from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import { collectedRuns, folderOf, headOfCampaign } from '../campaign/collection.ts';
import { loadCampaign } from '../campaign/load.ts';
import type { CertificationBasis, CertifyOutcome, ReportLanguage } from '../model/certification.ts';
import { packaged } from '../model/package-root.ts';
import { EXIT } from '../model/verdict.ts';
import { fitsRequirement } from '../scenario/applicability.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { ClaimFile, PlanFile } from '../scenario/schema.ts';
import { plannedScenarios, planOfCampaign } from './chosen.ts';
import type { House } from './house.ts';
import { type Claim, claimsNear, knownNames, namesToCheck } from './known.ts';
import { colors } from './output.ts';

export interface CertifyOptions {
  readonly check?: boolean;
  readonly out?: string;
  readonly lang: ReportLanguage;
  readonly format?: string;
  readonly json?: boolean;
}

/**
 * `posrig certify <campaign>`: the certification report, or with `--check` what it still lacks. Exit code 0; with `check` 2
 * when something is missing. Throws as the loaders do, and JOURNAL_DAMAGED when a run is not as it was added.
 */
export async function certify(file: string, options: CertifyOptions, house: House): Promise<number> {
  const basis = basisOf(file, house);
  const outcome = await house.reports.certify(basis, {
    lang: options.lang,
    out: resolve(options.out ?? dirname(basis.file)),
    formats: options.check ? [] : (options.format ?? 'html,pdf').split(',').map((name) => name.trim()),
  });
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ complete: outcome.missing.length === 0, draft: outcome.missing.length > 0, ...outcome }, null, 2)}\n`,
    );
  else process.stdout.write(inWords(outcome, options));
  return options.check && outcome.missing.length > 0 ? EXIT.broken : EXIT.ok;
}

/** Gathers what the report is made from. */
function basisOf(file: string, house: House): CertificationBasis {
  const campaign = valueOrThrow(loadCampaign(file));
  const collected = collectedRuns(campaign.file);
  const planFile = campaign.value.method?.plan ? planOfCampaign(campaign) : undefined;
  const plan = planFile === undefined ? undefined : valueOrThrow(loadData(planFile, PlanFile));
  const planned = plan === undefined ? [] : plannedScenarios(plan, namesToCheck(knownNames(house), []));
  return {
    campaign: campaign.value,
    file: campaign.file,
    sha256: campaign.sha256,
    runs: collected.map((run) => ({ folder: folderOf(run, campaign.file), collected: run })),
    head: collected.length > 0 ? headOfCampaign(collected) : undefined,
    plan: plan && { id: plan.value.id, title: plan.value.title, sha256: plan.sha256 },
    planned: planned.map(({ id, title, proves }) => ({ id, title, proves })),
    claims: claimsOf(planned, [file, ...(planFile === undefined ? [] : [planFile])], plan?.value),
    now: new Date().toISOString(),
  };
}

/**
 * The rows of the requirement matrix: what the plan is about, out of the lists of claims that its scenarios prove anything
 * of. A list of which nothing is planned is another certification's.
 */
function claimsOf(
  planned: readonly Pick<Scenario, 'file' | 'proves'>[],
  files: readonly string[],
  plan: PlanFile | undefined,
): readonly Claim[] {
  const shipped = valueOrThrow(loadData(packaged(SHIPPED.claims), ClaimFile)).value.claims;
  const near = claimsNear([...files, ...planned.map((scenario) => scenario.file)]);
  const lists = [shipped, ...near.map(({ claims }) => claims)];
  const proved = new Set(planned.flatMap(({ proves }) => proves));
  const used = plan === undefined ? lists : lists.filter((list) => list.some(({ id }) => proved.has(id)));
  const rows = new Map(used.flat().map((claim) => [claim.id, claim]));
  return [...rows.values()].filter(
    ({ id }) => plan?.requirements?.some((pattern) => fitsRequirement(id, pattern)) ?? true,
  );
}

function inWords(
  { clauses, missing, written, notes }: CertifyOutcome,
  { check, lang }: CertifyOptions,
): string {
  const titled = (titles: { readonly en: string; readonly zh: string }) =>
    lang === 'both' ? `${titles.en} ${titles.zh}` : titles[lang];
  const lines: string[] = [];
  for (const { path, title } of written) lines.push(`${title}: ${path}`);
  if (check) {
    for (const { clause, asks, met } of clauses) {
      const fields = missing.filter((item) => item.clause === clause && item.asks.en === asks.en);
      lines.push(`${met ? colors.green('✓') : colors.red('✗')} ${clause.padEnd(11)} ${titled(asks)}`);
      // A field by its name is empty; what says more stands in the way as it is.
      for (const { field } of fields)
        lines.push(`    ${field.includes(': ') ? field : `${colors.dim('missing')} ${field}`}`);
    }
  }
  lines.push(
    missing.length === 0
      ? colors.green('nothing is missing of ISO/IEC 17025:2017, 7.8')
      : `${colors.yellow('DRAFT')}: ${missing.length === 1 ? '1 thing stands' : `${missing.length} things stand`} between this report and ISO/IEC 17025:2017, 7.8${check ? '' : ' (posrig certify --check lists them)'}`,
  );
  for (const note of notes) lines.push(`${colors.yellow('note')} ${note}`);
  return `${lines.join('\n')}\n`;
}
