import { closest, distance } from 'fastest-levenshtein';
import type { ListEntry } from '../bench/manifest.ts';
import { RigError } from '../model/errors.ts';
import { EXIT } from '../model/verdict.ts';
import { columns } from './columns.ts';
import type { House } from './house.ts';
import { colors } from './output.ts';
import { shippedLists } from './shipped-lists.ts';

/** `posrig list <what>`: ids and titles of what there is. */
export async function list(
  what: string,
  options: { readonly json?: boolean },
  house: House,
): Promise<number> {
  const lists: Record<string, () => Promise<readonly ListEntry[]>> = {
    ...shippedLists(house),
    ...house.drivers.lists,
    ...house.reports.lists,
  };
  const entries = lists[what];
  if (!entries) {
    const names = Object.keys(lists).sort();
    const near = closest(what, names);
    throw new RigError('USAGE', 'file', `there is no list "${what}"`, {
      hint: `${distance(what, near) <= 3 ? `Did you mean ${near}? ` : ''}Lists: ${names.join(', ')}.`,
    });
  }
  const found = await entries();
  if (options.json) {
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  } else if (found.length === 0) {
    process.stdout.write(`no ${what}\n`);
  } else {
    const rows = found.map((entry) => [
      colors.bold(entry.id),
      entry.titles ? `${entry.titles.en} · ${entry.titles.zh}` : entry.title,
      colors.dim(
        Object.entries(entry.details ?? {})
          .map(([key, value]) => `${key} ${value}`)
          .join(' · '),
      ),
    ]);
    process.stdout.write(`${columns(rows)}\n`);
  }
  return EXIT.ok;
}
