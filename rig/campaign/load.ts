import { resolve } from 'node:path';
import type { FileOf } from '../bench/load.ts';
import { inFileOrder, type Loaded } from '../bench/load-issue.ts';
import { fitSchema } from '../bench/load-schema.ts';
import { readYaml } from '../bench/load-yaml.ts';
import { type Campaign, CampaignFile } from '../model/campaign.ts';

/** A campaign file by its schema; serials and versions stay as they are written. Throws only FILE_UNREADABLE. */
export function loadCampaign(file: string): Loaded<FileOf<Campaign>> {
  const { source, issues } = readYaml(file, { numbers: 'as-written' });
  if (!source) return { issues };
  const fitted = fitSchema(CampaignFile, source);
  const all = inFileOrder([...issues, ...fitted.issues]);
  if (all.length > 0 || !fitted.value) return { issues: all };
  return { value: { value: fitted.value, file: resolve(file), sha256: source.sha256 }, issues: [] };
}
