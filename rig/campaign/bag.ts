import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type FileOf, loadData, resolvePath } from '../bench/load.ts';
import type { CampaignPayload } from '../journal/seal/index.ts';
import type { Campaign } from '../model/campaign.ts';
import { RigError } from '../model/errors.ts';
import { PlanFile } from '../scenario/schema.ts';
import { collectedRuns, folderOf, recordPath } from './collection.ts';

/**
 * A campaign as it goes into one bag: its file, its photos and plan where they lie beside it, its reports, and every run in a
 * folder of its own. The record of the runs is written anew with their places in the bag; their heads stay. Throws USAGE
 * without a run.
 */
export function payloadOf({ value, file }: FileOf<Campaign>): CampaignPayload {
  const runs = collectedRuns(file);
  if (runs.length === 0)
    throw new RigError('USAGE', 'file', `the campaign ${file} has no run yet`, {
      at: file,
      hint: 'posrig run --campaign adds one.',
    });
  const places = runs.map((run, i) => ({
    run,
    to: `runs/${String(i + 1).padStart(4, '0')}-${basename(folderOf(run, file))
      .replace(/[^\w.-]+/g, '_')
      .slice(0, 80)}`,
  }));
  const plan = value.method?.plan ?? '';
  const near = [
    ...(value.item?.photos ?? []).map((photo) => photo.file),
    ...reportsOf(file),
    ...(plan.includes('.') ? planFiles(file, plan) : []),
  ];
  const files = [...new Set(near)].flatMap((name) => {
    const from = resolve(dirname(file), name);
    const to = relative(dirname(file), from);
    return name === '' || to.startsWith('..') || to.startsWith('runs/') || !existsSync(from)
      ? []
      : [{ from, to }];
  });
  return {
    id: value.campaign,
    runs: places.map(({ run, to }) => ({ folder: folderOf(run, file), to, head: run.head })),
    files: [{ from: file, to: basename(file) }, ...files],
    texts: {
      [basename(recordPath(file))]: places
        .map(({ run, to }) => `${JSON.stringify({ ...run, run: to })}\n`)
        .join(''),
    },
  };
}

/** A plan of the lab's own with the scenarios that it names, as paths relative to the campaign. */
function planFiles(file: string, plan: string): readonly string[] {
  const path = resolve(dirname(file), plan);
  const loaded = loadData(path, PlanFile).value;
  const scenarios = (loaded?.value.scenarios ?? [])
    .filter((named) => !named.startsWith('posrig:'))
    .map((named) => resolvePath(named, path));
  const files = [path, ...scenarios].flatMap((each) =>
    existsSync(each) && statSync(each).isDirectory()
      ? readdirSync(each, { recursive: true, encoding: 'utf8' })
          .filter((name) => /\.ya?ml$/.test(name))
          .map((name) => join(each, name))
      : [each],
  );
  return files.map((each) => relative(dirname(file), each));
}

/** Reports that were written beside the campaign, in any language. */
function reportsOf(file: string): readonly string[] {
  const stem = basename(file).replace(/\.ya?ml$/i, '');
  return readdirSync(dirname(file)).filter(
    (name) => name.startsWith(`${stem}.report.`) && /\.(?:html|pdf)$/.test(name),
  );
}
