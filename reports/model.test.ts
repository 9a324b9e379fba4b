import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventOf } from '../rig/journal/read.ts';
import { isRigError } from '../rig/model/errors.ts';
import { readRun, streamRun } from './fold.ts';
import { artefactPath, countVerdicts, type RunView, type ScenarioView } from './model.ts';
import { removeRun, writeRun } from './testing/run-folder.ts';

describe('the view of a run', () => {
  let folder: string;
  let run: RunView;
  before(async () => {
    folder = await writeRun();
    run = await readRun(folder);
  });
  after(() => removeRun(folder));

  it('has every scenario with its verdict, blame and reason', () => {
    assert.deepEqual(
      run.scenarios.map(({ id, verdict, blame }) => [id, verdict, blame]),
      [
        ['DROP-003', 'passed', undefined],
        ['RCP-001', 'failed', 'terminal'],
        ['OFF-001', 'broken', 'bench'],
        ['LIM-002', 'inconclusive', 'rig'],
        ['TAP-001', 'skipped', undefined],
        ['BAD-001', 'invalid', 'file'],
        ['XC-001', 'passed', undefined],
      ],
    );
    assert.deepEqual(countVerdicts(run), run.end?.counts);
    assert.equal(run.cut, false);
    assert.equal(
      run.events,
      readFileSync(join(folder, 'journal.jsonl'), 'utf8').trimEnd().split('\n').length,
    );
  });

  it('puts what happened into its scenario and step', () => {
    const [lost] = run.scenarios;
    assert.ok(lost);
    assert.deepEqual(
      lost.steps.map(({ title, outcome, expectations }) => [title, outcome, expectations.length]),
      [
        ['sale CNY 128.50', 'no-answer', 2],
        ['sale CNY 20.00', 'approved', 4],
      ],
    );
    assert.deepEqual(
      lost.messages.map(({ at, plane, message }) => [at.step, plane, message.mti]).slice(0, 5),
      [
        [1, 'network', '0200'],
        [1, 'host', '0200'],
        [1, 'host', '0210'],
        [1, 'network', '0210'],
        [2, 'network', '0400'],
      ],
    );
    assert.deepEqual(
      [...lost.faults.values()].map(({ proof, phases }) => [proof.healedAt, phases.length]),
      [[70_000, 3]],
    );
    assert.equal(lost.invariants.length, 5);
    assert.equal(lost.ledger.length, 2);
    assert.ok(lost.receipts[0]?.artefacts.every(({ ref }) => artefactPath(run.folder, ref)));
    assert.equal(lost.receipts[0]?.artefacts.length, 2);
  });

  it('read leanly is the same of all that did not pass, and of what passed lacks only what a brief sheet does', async () => {
    const lean: ScenarioView[] = [];
    const lines: string[] = [];
    const brief = await streamRun(folder, {
      lean: true,
      scenario: (scenario) => lean.push(scenario),
      traffic: (line) => lines.push(eventOf(line)?.type ?? ''),
    });
    assert.deepEqual([brief.events, brief.head], [run.events, run.head]);
    assert.deepEqual([...new Set(lines)].sort(), ['card', 'key', 'message', 'power', 'screen']);
    for (const [i, full] of run.scenarios.entries()) {
      const had = lean[i];
      if (full.verdict !== 'passed') assert.deepEqual(had, full, full.id);
      const { happenings: _, screens: __, messages, ...rest } = full;
      const { happenings, screens, messages: few, ...others } = had ?? full;
      assert.deepEqual(others, rest);
      if (full.verdict !== 'passed') continue;
      const bare = messages.map((one) => ({ ...one, message: { ...one.message, fields: [] } }));
      assert.deepEqual(few, bare);
      assert.equal(screens.length, 0);
      assert.deepEqual(happenings[0], full.happenings[0], 'what times are counted from');
    }
  });

  it('never leads out of the folder of the run', () => {
    const [artefact] = run.artefacts.values();
    assert.ok(artefact);
    for (const path of ['artefacts/../../etc/passwd', '/etc/passwd', 'artefacts/..', 'x/y']) {
      assert.equal(artefactPath(run.folder, { ...artefact.ref, path }), undefined);
    }
  });
});

describe('the view of a run that was killed', () => {
  it('says so, and calls the scenario that was running broken', async () => {
    const folder = await writeRun();
    const file = join(folder, 'journal.jsonl');
    const lines = readFileSync(file, 'utf8').split('\n');
    const end = lines.findIndex((line) => line.includes('"scenario.end"'));
    writeFileSync(file, `${lines.slice(0, end).join('\n')}\n${lines[end]?.slice(0, 40)}`);
    const run = await readRun(folder);
    removeRun(folder);
    assert.equal(run.cut, true);
    const [scenario] = run.scenarios;
    assert.deepEqual([scenario?.finished, scenario?.verdict, scenario?.blame], [false, 'broken', 'rig']);
  });

  it('refuses an event that is not what its type says', async () => {
    const folder = await writeRun(undefined, () => undefined);
    appendFileSync(
      join(folder, 'journal.jsonl'),
      `{"n":1,"t":0,"wall":"x","type":"scenario.end","id":"X"}\n`,
    );
    await assert.rejects(
      readRun(folder),
      (error: unknown) => isRigError(error) && error.code === 'JOURNAL_DAMAGED',
    );
    removeRun(folder);
  });

  it('shows a retry beside the first try', async () => {
    const folder = await writeRun(undefined, (fixture) => {
      fixture.gantryDied();
      fixture.gantryDied();
    });
    const run = await readRun(folder);
    removeRun(folder);
    assert.deepEqual(
      run.scenarios.map(({ attempt }) => attempt),
      [1, 2],
    );
  });
});
