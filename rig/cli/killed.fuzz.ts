import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readJournal } from '../journal/read.ts';
import { sealRun, verifyEvidence } from '../journal/seal/index.ts';
import { randomOf } from '../journal/seal/testing/tamper.ts';
import type { JournalEvent } from '../model/event.ts';
import { posrig, start } from './testing/cli.ts';

/**
 * `npm run fuzz -- killed`: runs on the built-in bench, each killed (SIGKILL) when its journal has grown to a random part of
 * what an undisturbed run writes, so that the instants are spread over what is recorded however slow the machine is; one in
 * twenty is killed before the journal begins. One counts as 50,000 inputs. Of what is left: every record is whole and chained, what
 * an event refers to is there before it, what the console had said is in it, the artefacts are as recorded, it can be
 * sealed and its bag verifies, and every tenth is reported.
 */
export async function fuzz({
  count,
  seed,
  progress,
}: {
  readonly count: number;
  readonly seed: number;
  readonly progress: (done: number) => void;
}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-killed-'));
  const args = (out: string) => [
    'run',
    '--grep',
    'DROP-00[13]',
    '--speed',
    '60',
    '--formats',
    'none',
    '--out',
    out,
  ];
  try {
    const whole = await posrig(args(join(folder, 'whole')));
    if (whole.code !== 0) throw new Error(`the run that is not killed fails: ${whole.stderr}`);
    const bytes = sizeOf(join(folder, 'whole'));
    progress(1);
    const random = randomOf(seed);
    const kills = Math.max(1, Math.ceil(count / 50_000));
    const seen = { early: 0, over: 0, cut: 0, within: 0, between: 0, events: 0 };
    for (let done = 1; done <= kills; done++) {
      const out = join(folder, `run-${done}`);
      const early = random(20) === 0;
      const written = early ? 0 : 1 + random(bytes);
      const { child, finished } = start(args(out));
      if (early) await wait(random(300));
      else while (running(child) && sizeOf(out) < written) await wait(random(2));
      if (!running(child)) seen.over += 1;
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      const { stdout } = await finished;
      try {
        await judge(out, stdout, seen, done % 10 === 0);
      } catch (thrown) {
        throw new Error(
          `killed at ${written} of about ${bytes} bytes (seed ${seed}, ${done}): ${thrown instanceof Error ? thrown.message : String(thrown)}`,
        );
      }
      rmSync(out, { recursive: true, force: true });
      rmSync(`${out}.bag`, { recursive: true, force: true });
      progress(done * 50_000);
    }
    return `${kills} kills, everything readable, nothing lost that was acted on: ${JSON.stringify(seen)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const running = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** Bytes of a run's journal so far; 0 before there is one. */
const sizeOf = (run: string): number =>
  statSync(join(run, 'journal.jsonl'), { throwIfNoEntry: false })?.size ?? 0;

async function judge(
  out: string,
  stdout: string,
  seen: { early: number; cut: number; within: number; between: number; events: number },
  report: boolean,
): Promise<void> {
  // Killed before there was anything to record.
  if (!existsSync(join(out, 'journal.jsonl')) || readFileSync(join(out, 'journal.jsonl')).length === 0) {
    if (/^[✓✗]/mu.test(stdout)) throw new Error('the console told of scenarios, and there is no journal');
    seen.early += 1;
    return;
  }
  const events: JournalEvent[] = [];
  let cut = false;
  const onCut = () => {
    cut = true;
  };
  for await (const event of readJournal(out, { onCut })) events.push(event);
  seen.events += events.length;
  if (cut) seen.cut += 1;
  if (events.at(-1)?.scenario === undefined) seen.between += 1;
  else seen.within += 1;
  if (events.length === 0) return;
  dependencies(out, events);
  for (const [, id = ''] of stdout.matchAll(/^[✓✗] ([A-Z][A-Z0-9]*-\d+)/gmu)) {
    if (!events.some((event) => event.type === 'scenario.end' && event.id === id))
      throw new Error(`the console said that ${id} had ended, the journal does not have it`);
  }
  const { damage } = await verifyEvidence(out);
  if (damage.length > 0) throw new Error(JSON.stringify(damage));
  await sealRun(out, { out: `${out}.bag` });
  const sealed = await verifyEvidence(`${out}.bag`);
  if (sealed.damage.length > 0 || sealed.facts?.complete !== events.some(({ type }) => type === 'run.end'))
    throw new Error(`its bag: ${JSON.stringify(sealed.damage)}, complete: ${String(sealed.facts?.complete)}`);
  if (report) {
    const { code, stderr } = await posrig(['report', out, '--format', 'junit,html']);
    if (code !== 0) throw new Error(`no report: ${stderr}`);
  }
}

/** What an event rests on must have been recorded before it; throws otherwise. */
function dependencies(out: string, events: readonly JournalEvent[]): void {
  const artefacts = new Set<string>();
  const struck = new Set<string>();
  let running: string | undefined;
  let step = 0;
  const lost = (event: JournalEvent, what: string) => {
    throw new Error(`event ${event.n} (${event.type}) rests on ${what}, which is not there`);
  };
  for (const event of events) {
    if (event.n > 1 && events[0]?.type !== 'run.start') lost(event, 'the beginning of the run');
    if (event.type === 'artefact') {
      const { path, sha256, id } = event.artefact;
      const content = existsSync(join(out, path)) ? readFileSync(join(out, path)) : Buffer.alloc(0);
      if (createHash('sha256').update(content).digest('hex') !== sha256) lost(event, path);
      artefacts.add(id);
    } else if (event.type === 'receipt') {
      for (const id of event.slip.artefacts) if (!artefacts.has(id)) lost(event, `artefact ${id}`);
    } else if (event.type === 'scenario.start') {
      running = event.id;
      step = 0;
    } else if (event.type === 'scenario.end') {
      if (running !== event.id) lost(event, `the beginning of ${event.id}`);
      running = undefined;
    } else if (event.type === 'step.start') step = event.step;
    else if (event.type === 'step.end' && step !== event.step)
      lost(event, `the beginning of step ${event.step}`);
    else if (event.type === 'fault') {
      if (event.phase === 'struck') struck.add(event.proof.id);
      if (event.phase === 'healed' && event.proof.state === 'in-force' && !struck.has(event.proof.id))
        lost(event, `the moment at which fault ${event.proof.id} struck`);
    }
  }
}
