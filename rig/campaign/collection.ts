import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  realpathSync,
} from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { factsOf, headOfRuns, toHex } from '../journal/seal/statement.ts';
import { CollectedRun } from '../model/campaign.ts';
import { RigError } from '../model/errors.ts';

/**
 * The runs of a campaign stand in a file beside the campaign file, `<name>.runs.jsonl`: appended to, never rewritten, so
 * that no attempt can be lost and the lab's own file stays the lab's own.
 */
export const recordPath = (campaign: string): string => `${campaign.replace(/\.ya?ml$/i, '')}.runs.jsonl`;

/** The runs in the order in which they were added; none when there is no record yet. Throws FILE_INVALID with the line. */
export function collectedRuns(campaign: string): readonly CollectedRun[] {
  const file = recordPath(campaign);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  // Behind the last line end stands nothing, or half a line of a rig that was killed: its run can be added again.
  lines.pop();
  return lines.map((line, i) => {
    const parsed = CollectedRun.safeParse(parsedJson(line));
    if (parsed.success) return parsed.data;
    throw new RigError(
      'FILE_INVALID',
      'file',
      `${file}:${i + 1}:1: the line does not name a run of a campaign`,
      {
        at: `${file}:${i + 1}:1`,
        hint: 'posrig campaign add writes this file; restore it from a copy, or add the runs to a new one.',
      },
    );
  });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where a collected run lies now. */
export const folderOf = ({ run }: CollectedRun, campaign: string): string =>
  isAbsolute(run) ? run : resolve(dirname(campaign), run);

/** The same folder however it is written. */
const real = (path: string): string => (existsSync(path) ? realpathSync(path) : resolve(path));

/**
 * Adds a run to a campaign. Its journal is read to the end, so that a damaged one is refused (JOURNAL_DAMAGED). A run that
 * was interrupted may be added: what it recorded counts. Throws USAGE for a run that is in the campaign already or has no
 * hash chain.
 */
export async function addRun(campaign: string, folder: string, now: string): Promise<CollectedRun> {
  const { head, events } = await factsOf(folder);
  const before = collectedRuns(campaign);
  if (before.some((run) => real(folderOf(run, campaign)) === real(folder)))
    throw new RigError('USAGE', 'file', `the run ${folder} is in the campaign already`);
  if (head === undefined)
    throw new RigError('USAGE', 'file', `the run ${folder} has no hash chain: nothing could vouch for it`, {
      hint: 'It was recorded by an early posrig, or recorded nothing. Run it again.',
    });
  const from = dirname(real(campaign));
  const near = relative(from, real(folder));
  const entry: CollectedRun = {
    run: near.startsWith('..') ? real(folder) : near,
    head: toHex(head),
    events,
    added: now,
  };
  if (before.some((run) => run.head === entry.head))
    throw new RigError('USAGE', 'file', `the run ${folder} is in the campaign already, from another folder`);
  append(recordPath(campaign), entry);
  return entry;
}

function append(file: string, entry: CollectedRun): void {
  const handle = openSync(file, 'a+');
  try {
    const content = readFileSync(file);
    const whole = content.lastIndexOf(10) + 1;
    if (whole < content.length) ftruncateSync(handle, whole);
    appendFileSync(handle, `${JSON.stringify(entry)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** One value for all runs of a campaign, in their order; see `headOfRuns`. */
export const headOfCampaign = (runs: readonly Pick<CollectedRun, 'head'>[]): string =>
  headOfRuns(runs.map(({ head }) => head));
