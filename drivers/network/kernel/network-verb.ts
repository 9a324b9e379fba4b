import { EXIT } from '../../../rig/model/verdict.ts';
import { type Entry, reset, takeInventory } from './inventory.ts';

const line = ({ kind, what, owner, state }: Entry): string =>
  `${state.padEnd(11)}  ${kind.padEnd(9)}  ${what}${owner === undefined || what.startsWith(owner) ? '' : `  (of ${owner})`}\n`;

/** What scripts read of an entry. */
const row = ({ kind, what, owner, state }: Entry) => ({ kind, what, owner: owner ?? null, state });

/** `posrig network status`: everything that posrig created on this machine's network. Exit code 0 whatever there is. */
export async function statusVerb(options: { readonly json?: boolean }): Promise<number> {
  const entries = await takeInventory();
  if (options.json) process.stdout.write(`${JSON.stringify(entries.map(row), null, 2)}\n`);
  else if (entries.length === 0) process.stdout.write('Nothing of posrig is on the network.\n');
  else {
    for (const found of entries) process.stdout.write(line(found));
    if (entries.some(({ state }) => state === 'left behind'))
      process.stdout.write('\n`posrig network reset` removes what was left behind.\n');
  }
  return EXIT.ok;
}

/** `posrig network reset`: exit code 2 when something that was to go is still there. */
export async function resetVerb(options: {
  readonly json?: boolean;
  readonly force?: boolean;
}): Promise<number> {
  const { removed, left } = await reset(options);
  const stuck = left.filter(({ state }) => options.force === true || state === 'left behind');
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ removed: removed.map(row), left: left.map(row) }, null, 2)}\n`);
  } else {
    for (const gone of removed) process.stdout.write(`removed      ${gone.kind.padEnd(9)}  ${gone.what}\n`);
    for (const stays of left) process.stdout.write(line(stays));
    if (removed.length + left.length === 0) process.stdout.write('Nothing to remove.\n');
    else if (left.length > stuck.length)
      process.stdout.write('\nWhat is in use belongs to a posrig that runs; --force removes it as well.\n');
  }
  return stuck.length > 0 ? EXIT.broken : EXIT.ok;
}
