import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { counted } from '../../rig/model/counted.ts';
import { isRigError, RigError } from '../../rig/model/errors.ts';
import { EXIT, exitCodeOf, type Verdict } from '../../rig/model/verdict.ts';
import { streamRun } from '../fold.ts';
import { casesOf, countVerdicts, type RunBrief } from '../model.ts';
import type { Language } from '../words.ts';
import { appendHistory, linesOf, readHistory } from './history.ts';
import { type Quarantined, quarantineOf, readQuarantine } from './quarantine.ts';
import { daysOf, forget, outdatedBeside } from './retention.ts';

export interface NightlyOptions {
  readonly history: string;
  /** When absent, what the run says. */
  readonly firmware?: string;
  readonly quarantine?: string;
  /** Runs beside this one that are older than so many days go. */
  readonly keep?: string;
  readonly html?: string;
  readonly hook?: string;
  /** Of the page. */
  readonly lang?: Language;
  readonly json?: boolean;
}

/** What is told of a night: ids, verdicts and counts, never a text that a device or a scenario wrote. */
export interface NightSummary {
  readonly run: string;
  readonly firmware: string;
  readonly bench: string;
  readonly counts: Readonly<Record<Verdict, number>>;
  /** What makes the exit code other than 0. */
  readonly gating: readonly { readonly scenario: string; readonly verdict: Verdict }[];
  readonly quarantined: readonly (Quarantined & { readonly verdict: Verdict })[];
  /** What was in quarantine until a day that is over, and is not passed: it gates again. */
  readonly expired: readonly (Quarantined & { readonly verdict: Verdict })[];
  readonly exitCode: number;
}

/**
 * `posrig nightly <run>`: adds a run to the history, judges it without what is in quarantine, draws the trend, tells the
 * hook. Exit codes are those of a run, over what gates.
 */
export async function nightlyVerb(folder: string, options: NightlyOptions): Promise<void> {
  const run = await streamRun(folder);
  const keep = options.keep === undefined ? undefined : daysOf(options.keep);
  const firmware = options.firmware ?? run.start?.firmware ?? 'unknown';
  const entries = options.quarantine === undefined ? [] : await readQuarantine(options.quarantine);
  const summary = summaryOf(run, firmware, entries);
  const known = await readHistory(options.history);
  const added = await appendHistory(options.history, known, linesOf(run, firmware));
  if (options.html !== undefined) {
    const { renderTrend } = await import('./page.ts');
    await writeFile(
      options.html,
      await renderTrend(summary, await readHistory(options.history), options.lang),
    );
  }
  const removed = keep === undefined ? [] : forget(outdatedBeside(folder, keep));
  process.stdout.write(
    options.json ? `${JSON.stringify(summary, null, 2)}\n` : inWords(summary, added, removed),
  );
  process.exitCode = summary.exitCode;
  if (options.hook !== undefined)
    await tell(options.hook, summary).catch((thrown: unknown) => {
      // What the night came to is the exit code; that nobody was told of it comes second.
      if (summary.exitCode === EXIT.ok || !isRigError(thrown)) throw thrown;
      process.stderr.write(`${thrown.message} ${thrown.hint ?? ''}\n`);
    });
}

/** Judges a run on the day on which it ended. */
export function summaryOf(run: RunBrief, firmware: string, entries: readonly Quarantined[]): NightSummary {
  const day = run.endedWall.slice(0, 10);
  const gating: { scenario: string; verdict: Verdict }[] = [];
  const quarantined: (Quarantined & { verdict: Verdict })[] = [];
  const expired: (Quarantined & { verdict: Verdict })[] = [];
  const verdicts: Verdict[] = [];
  for (const { id, decisive } of casesOf(run.scenarios)) {
    const { verdict } = decisive;
    const entry = quarantineOf(entries, id, day);
    if (entry) quarantined.push({ ...entry, scenario: id, verdict });
    else {
      verdicts.push(verdict);
      if (verdict === 'passed' || verdict === 'skipped') continue;
      gating.push({ scenario: id, verdict });
      const over = quarantineOf(entries, id);
      if (over) expired.push({ ...over, scenario: id, verdict });
    }
  }
  const unfinished = run.cut ? EXIT.broken : EXIT.ok;
  const code = exitCodeOf(verdicts);
  // All that ran may be in quarantine: that is no failure, and the page says so.
  const ran = code === EXIT.nothingRan && quarantined.length > 0 ? EXIT.ok : code;
  return {
    run: run.head ?? run.sha256,
    firmware,
    bench: run.start?.bench.id ?? '',
    counts: countVerdicts(run),
    gating,
    quarantined,
    expired,
    exitCode: ran === EXIT.ok ? unfinished : ran,
  };
}

function inWords(
  { gating, quarantined, expired, counts }: NightSummary,
  added: number,
  removed: readonly string[],
): string {
  return [
    `${counted(added, 'attempt')} added to the history`,
    ...(removed.length > 0 ? [`${counted(removed.length, 'old run')} removed`] : []),
    ...gating.map(({ scenario, verdict }) => `${verdict}  ${scenario}`),
    ...quarantined.map(
      ({ scenario, verdict, owner, until }) =>
        `in quarantine until ${until}, ${owner}: ${verdict}  ${scenario}`,
    ),
    ...expired.map(
      ({ scenario, owner, until }) => `its quarantine was over on ${until}, ${owner}:  ${scenario}`,
    ),
    Object.entries(counts)
      .filter(([, n]) => n > 0)
      .map(([verdict, n]) => `${n} ${verdict}`)
      .join(', '),
    '',
  ].join('\n');
}

/** Wall ms that a hook may take. */
const HOOK_DEADLINE = 60_000;

/**
 * Runs the hook with the summary as JSON on its standard input. Throws REPORT_TOOL when it fails, or when it takes longer
 * than the deadline (wall ms): it is ended then, with all that it started and whatever it does about signals.
 */
export function tell(command: string, summary: NightSummary, deadline = HOOK_DEADLINE): Promise<void> {
  return new Promise((resolve, reject) => {
    // A group of its own: a shell leaves what it runs to itself, and would be ended alone.
    const child = spawn(command, { shell: true, stdio: ['pipe', 'inherit', 'inherit'], detached: true });
    let late = false;
    const end = () => {
      late = true;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    };
    const timer = setTimeout(end, deadline);
    const failed = (why: string) => {
      clearTimeout(timer);
      reject(new RigError('REPORT_TOOL', 'rig', `the hook failed: ${why}`, { hint: 'Try it by hand.' }));
    };
    child.on('error', (error) => failed(error.message));
    child.on('close', (code, signal) => {
      if (late) failed(`it took longer than ${deadline / 1000} s and was ended`);
      else if (code !== 0) failed(signal ?? `exit ${code}`);
      else {
        clearTimeout(timer);
        resolve();
      }
    });
    // A hook that does not read is no error.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${JSON.stringify(summary)}\n`);
  });
}
