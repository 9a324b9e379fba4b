import { join } from 'node:path';
import { JOURNAL_FILE } from '../journal/journal.ts';
import { readJournal } from '../journal/read.ts';
import { decide } from '../model/attempts.ts';
import type { CollectedRun } from '../model/campaign.ts';
import { RigError } from '../model/errors.ts';
import type { Verdict } from '../model/verdict.ts';
import { collectedRuns, folderOf } from './collection.ts';

/** One attempt at a scenario in a run of a campaign. */
export interface Attempt {
  readonly id: string;
  readonly verdict: Verdict;
  /** Skipped because a bench was out, not because it does not apply: it is still to be done. */
  readonly undone: boolean;
  readonly reason: string | undefined;
  readonly run: string;
}

/**
 * Every attempt of a campaign, in the order of its runs. Each run is read to its end and must have the head that it had
 * when it was added; JOURNAL_DAMAGED otherwise, FILE_UNREADABLE when it is not where it was.
 */
export async function attemptsOf(campaign: string): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  for (const run of collectedRuns(campaign))
    attempts.push(...(await attemptsIn(run, folderOf(run, campaign))));
  return attempts;
}

async function attemptsIn(run: CollectedRun, folder: string): Promise<readonly Attempt[]> {
  const found: Attempt[] = [];
  let head: string | undefined;
  const options = {
    onHead: (last: string | undefined) => {
      head = last;
    },
  };
  for await (const event of readJournal(folder, options)) {
    if (event.type !== 'scenario.end') continue;
    const undone =
      event.verdict === 'skipped' && event.findings.every(({ code }) => code !== 'not-applicable');
    found.push({ id: event.id, verdict: event.verdict, undone, reason: event.reason, run: run.run });
  }
  requireHead(run, head === undefined ? undefined : Buffer.from(head, 'base64url').toString('hex'), folder);
  return found;
}

/** Throws JOURNAL_DAMAGED unless a run still has the head that it had when it was added. Heads are hexadecimal. */
export function requireHead(run: CollectedRun, head: string | undefined, folder: string): void {
  if (head === run.head) return;
  throw new RigError(
    'JOURNAL_DAMAGED',
    'rig',
    `${join(folder, JOURNAL_FILE)} is not as it was when it was added to the campaign: its chain ends with ${head ?? 'nothing'}, not with ${run.head}.`,
    { hint: 'Restore the run from its sealed bag or a copy; do not report from it.' },
  );
}

/** Ids that have been decided: passed, failed, or not applicable. The others are outstanding. */
export function decidedIds(attempts: readonly Attempt[]): ReadonlySet<string> {
  const byId = new Map<string, Attempt[]>();
  for (const attempt of attempts) byId.set(attempt.id, [...(byId.get(attempt.id) ?? []), attempt]);
  const done = [...byId].filter(([, list]) => {
    const decisive = decide(list.filter(({ undone }) => !undone))?.decisive;
    return decisive !== undefined && ['passed', 'failed', 'skipped'].includes(decisive.verdict);
  });
  return new Set(done.map(([id]) => id));
}
