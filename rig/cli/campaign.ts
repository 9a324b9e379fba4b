import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { loadData } from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import { attemptsOf, decidedIds } from '../campaign/attempts.ts';
import { addRun, collectedRuns, headOfCampaign, recordPath } from '../campaign/collection.ts';
import { loadCampaign } from '../campaign/load.ts';
import { campaignTemplate } from '../campaign/template.ts';
import { counted } from '../model/counted.ts';
import { RigError } from '../model/errors.ts';
import { EXIT } from '../model/verdict.ts';
import { PlanFile } from '../scenario/schema.ts';
import { plannedScenarios, planOfCampaign } from './chosen.ts';
import type { House } from './house.ts';
import { knownNames, namesToCheck } from './known.ts';
import { colors } from './output.ts';

const print = (line: string) => process.stdout.write(`${line}\n`);

/** `posrig campaign new <file>`: a template with comments. Never overwrites (USAGE). */
export function campaignNew(file: string): number {
  const id = basename(file)
    .replace(/\.ya?ml$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(file, campaignTemplate(id || 'campaign'), { flag: 'wx' });
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new RigError(
      exists ? 'USAGE' : 'FILE_UNREADABLE',
      'file',
      exists ? `${file} is there already` : `${file} cannot be written: ${(cause as Error).message}`,
      { cause, hint: exists ? 'Name another file; a campaign is not overwritten.' : 'Check the folder.' },
    );
  }
  print(file);
  print(`  fill it in, then  posrig run --campaign ${file}`);
  return EXIT.ok;
}

/** `posrig campaign add <file> <runs…>`: adds runs that were made without `--campaign`. */
export async function campaignAdd(
  file: string,
  runs: readonly string[],
  options: { readonly json?: boolean },
): Promise<number> {
  const campaign = valueOrThrow(loadCampaign(file));
  const added = [];
  for (const run of runs) added.push(await addRun(campaign.file, run, new Date().toISOString()));
  if (options.json) print(JSON.stringify(added, null, 2));
  else for (const { run, events } of added) print(`added ${run}  ${counted(events, 'event')}`);
  return EXIT.ok;
}

/** `posrig campaign show <file>`: runs, attempts, what is outstanding. */
export async function campaignShow(
  file: string,
  options: { readonly json?: boolean },
  house: House,
): Promise<number> {
  const campaign = valueOrThrow(loadCampaign(file));
  const runs = collectedRuns(campaign.file);
  const attempts = await attemptsOf(campaign.file);
  const plan = plannedScenarios(
    valueOrThrow(loadData(planOfCampaign(campaign), PlanFile)),
    namesToCheck(knownNames(house), []),
  );
  const done = decidedIds(attempts);
  const outstanding = plan.map(({ id }) => id).filter((id) => !done.has(id));
  const head = runs.length > 0 ? headOfCampaign(runs) : undefined;
  if (options.json)
    print(JSON.stringify({ campaign: campaign.value.campaign, runs, head, attempts, outstanding }, null, 2));
  else {
    for (const { run, added, events } of runs) print(`${added}  ${run}  ${events} events`);
    if (runs.length === 0) print(`no run yet (${recordPath(campaign.file)} will name them)`);
    const counted = new Map<string, number>();
    for (const { verdict } of attempts) counted.set(verdict, (counted.get(verdict) ?? 0) + 1);
    print(
      `${attempts.length} attempts: ${[...counted].map(([verdict, n]) => `${n} ${verdict}`).join(', ') || 'none'}`,
    );
    if (head !== undefined) print(`head of the campaign  ${head}`);
    print(
      outstanding.length === 0
        ? colors.green('nothing is outstanding')
        : `${colors.yellow(`${outstanding.length} of ${plan.length} outstanding`)}: ${outstanding.slice(0, 12).join(', ')}${outstanding.length > 12 ? ' …' : ''}`,
    );
  }
  return outstanding.length === 0 ? EXIT.ok : EXIT.broken;
}
