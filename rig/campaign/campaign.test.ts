import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { removeRun, writeRun } from '../../reports/testing/run-folder.ts';
import { renderIssue } from '../bench/load-issue.ts';
import { checkFiles } from '../cli/check.ts';
import { decide } from '../model/attempts.ts';
import { VERDICTS } from '../model/verdict.ts';
import { attemptsOf, decidedIds } from './attempts.ts';
import { addRun, collectedRuns, headOfCampaign, recordPath } from './collection.ts';
import { loadCampaign } from './load.ts';
import { campaignTemplate } from './template.ts';

describe('a campaign', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig campaign-'));
  const file = join(folder, 'acme.yaml');
  let run: string;
  before(async () => {
    run = await writeRun();
    writeFileSync(file, campaignTemplate('acme'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
    removeRun(run);
  });

  it('begins with a template that is valid as it stands, and states nothing', async () => {
    const { files, issues } = await checkFiles([file]);
    assert.deepEqual([files, issues.map(renderIssue)], [[{ file, kind: 'campaign' }], []]);
    const { value } = loadCampaign(file);
    assert.equal(value?.value.deviations, null);
    assert.equal(value?.value.item?.serials, null);
  });

  it('keeps serials and versions as they are written, and names mistakes with their places', () => {
    const other = join(folder, 'other.yaml');
    writeFileSync(other, 'version: 1\ncampaign: c\nitem: { serials: [0012, 1.10], firmware: 4.20 }\n');
    const { item } = loadCampaign(other).value?.value ?? {};
    assert.deepEqual([item?.serials, item?.firmware], [['0012', '1.10'], '4.20']);
    writeFileSync(other, 'version: 1\ncampaign: c\nitem: { received: 2026-02-30 }\nlaboratry: { name: x }\n');
    const issues = loadCampaign(other).issues.map(renderIssue).join('\n');
    assert.match(issues, /other\.yaml:3:\d+: .*day/);
    assert.match(issues, /other\.yaml:4:1: .*laboratory/);
  });

  it('remembers runs by their heads; half a line of a killed rig is written over, a wrong one is an error', async () => {
    const added = await addRun(file, run, '2026-11-22T10:00:00.000Z');
    assert.deepEqual(collectedRuns(file), [added]);
    await assert.rejects(addRun(file, run, 'later'), { code: 'USAGE' });
    appendFileSync(recordPath(file), '{"run":"half');
    assert.deepEqual(collectedRuns(file), [added]);
    const other = await writeRun(undefined, (fixture) => fixture.lostApproval());
    const second = await addRun(file, other, 'later');
    assert.deepEqual(collectedRuns(file), [added, second]);
    assert.notEqual(headOfCampaign([added, second]), headOfCampaign([second, added]));
    const content = readFileSync(recordPath(file), 'utf8');
    appendFileSync(recordPath(file), 'nonsense\n');
    assert.throws(() => collectedRuns(file), { code: 'FILE_INVALID', at: `${recordPath(file)}:3:1` });
    writeFileSync(recordPath(file), content);

    const attempts = await attemptsOf(file);
    assert.equal(attempts.filter(({ id }) => id === 'DROP-003').length, 2, 'all attempts are kept');
    const done = decidedIds(attempts);
    assert.ok(done.has('DROP-003') && done.has('RCP-001') && !done.has('OFF-001') && !done.has('LIM-002'));
    appendFileSync(
      join(other, 'journal.jsonl'),
      readFileSync(join(run, 'journal.jsonl'), 'utf8').slice(0, 50),
    );
    assert.equal(
      (await attemptsOf(file)).length,
      attempts.length,
      'half a line behind the head hides nothing',
    );
    writeFileSync(join(other, 'journal.jsonl'), readFileSync(join(run, 'journal.jsonl')));
    await assert.rejects(attemptsOf(file), { code: 'JOURNAL_DAMAGED' });
    removeRun(other);
  });
});

describe('attempts together', () => {
  const attempts = fc.array(
    fc.constantFrom(...VERDICTS).map((verdict) => ({ verdict })),
    { minLength: 1 },
  );

  it('never turn a failure into anything else, in whatever order', () => {
    fc.assert(
      fc.property(attempts, (all) => {
        const decision = decide(all);
        const failed = all.some(({ verdict }) => verdict === 'failed');
        assert.equal(decision?.decisive.verdict === 'failed', failed);
        assert.equal(decision?.flaky, failed && all.some(({ verdict }) => verdict === 'passed'));
      }),
    );
  });

  it('pass when one passed and the others showed nothing', () => {
    assert.equal(decide([{ verdict: 'broken' }, { verdict: 'passed' }])?.decisive.verdict, 'passed');
    assert.equal(decide([{ verdict: 'broken' }, { verdict: 'inconclusive' }])?.decisive.verdict, 'broken');
    assert.equal(decide([]), undefined);
  });
});
