import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packaged } from '../model/package-root.ts';
import { journalOf, posrig, remove, scratch } from './testing/cli.ts';

const LIE = `version: 1
id: LIE-001
title: { en: The host books nothing, zh: 主机不入账 }
proves: [online.no-data-loss]
given: { card: debit-1, acquirer: { misbehave: [{ on: sale, do: book-nothing }] } }
steps:
  - sale: { amount: 128.50 }
    expect: { outcome: approved, host: [{ sale: { amount: 128.50, code: "00" } }] }
money: balanced
`;
const PLAN = `version: 1
id: lies
title: { en: Lies, zh: 谎言 }
scenarios: [lie.yaml]
retry: 1
`;

describe('a campaign on the command line (whole)', function () {
  this.timeout(180_000);
  const folder = scratch();
  const file = join(folder, 'acme.yaml');
  const out = join(folder, 'first');
  after(() => remove(folder));

  it('collects a run with every attempt that the plan allows, and knows what is outstanding', async () => {
    writeFileSync(join(folder, 'lie.yaml'), LIE);
    writeFileSync(join(folder, 'lies.yaml'), PLAN);
    assert.equal((await posrig(['campaign', 'new', file])).code, 0);
    const again = await posrig(['campaign', 'new', file]);
    assert.equal(again.code, 3);
    assert.match(again.stderr, /there already/);
    writeFileSync(file, readFileSync(file, 'utf8').replace('plan: full ', 'plan: ./lies.yaml '));
    const check = await posrig(['check', file, folder]);
    assert.equal(check.code, 0, check.stdout);

    const run = await posrig(['run', '--campaign', file, '--out', out, '--formats', 'none']);
    assert.equal(run.code, 2, run.stderr);
    const verdicts = journalOf(out).flatMap((event) =>
      event.type === 'scenario.end' ? [event['verdict']] : [],
    );
    assert.deepEqual(verdicts, ['broken', 'broken']);
    const end = journalOf(out).find((event) => event.type === 'run.end');
    assert.deepEqual((end?.['counts'] as Record<string, number> | undefined)?.['broken'], 1, 'two attempts');

    const show = await posrig(['campaign', 'show', file, '--json']);
    assert.equal(show.code, 2);
    const told = JSON.parse(show.stdout) as { attempts: unknown[]; outstanding: string[]; head: string };
    assert.equal(told.attempts.length, 2);
    assert.deepEqual(told.outstanding, ['LIE-001']);
    assert.equal((await posrig(['verify', file, '--head', told.head])).code, 0);
    assert.equal((await posrig(['verify', file, '--head', '0'.repeat(64)])).code, 4);
  });

  it('refuses a terminal whose conformance statement contradicts its capabilities, at the place, before anything starts', async () => {
    const shipped = readFileSync(packaged('drivers/terminal/profiles/vt-4.yaml'), 'utf8');
    writeFileSync(join(folder, 'odd.yaml'), shipped.replace('contactless: yes', 'contactless: no'));
    const odd = join(folder, 'odd-bench.yaml');
    const bench = readFileSync(packaged('drivers/virtual/bench.yaml'), 'utf8');
    writeFileSync(odd, bench.replace('profile: vt-4', 'profile: ./odd.yaml'));
    const to = join(folder, 'odd-run');
    const { code, stderr } = await posrig(['run', '--campaign', file, '--bench', odd, '--out', to]);
    assert.equal(code, 3);
    assert.match(
      stderr,
      /odd\.yaml:\d+:\d+: the answer to "contactless" is no, but the capabilities have tap/,
    );
    assert.ok(!existsSync(to));
  });

  it('is sealed as one bag, in which every run and the campaign itself can be checked and certified again', async () => {
    const bag = join(folder, 'acme.bag');
    const { head } = JSON.parse((await posrig(['campaign', 'show', file, '--json'])).stdout) as {
      head: string;
    };
    const sealed = await posrig(['seal', file]);
    assert.equal(sealed.code, 0, sealed.stderr);
    execFileSync('sha256sum', ['--strict', '-c', 'manifest-sha256.txt'], { cwd: bag, stdio: 'pipe' });
    assert.equal((await posrig(['verify', bag, '--head', head])).code, 0);
    assert.equal((await posrig(['verify', bag, '--head', '0'.repeat(64)])).code, 4);
    assert.equal((await posrig(['verify', join(bag, 'data/acme.yaml'), '--head', head])).code, 0);
    const check = await posrig(['certify', '--check', join(bag, 'data/acme.yaml'), '--json']);
    assert.equal(check.code, 2, check.stderr);
    const journal = join(bag, 'data/runs/0001-first/journal.jsonl');
    const lines = readFileSync(journal, 'utf8').split('\n');
    writeFileSync(
      journal,
      lines.map((line, i) => (i === 6 ? line.replace('"t":', '"t":1') : line)).join('\n'),
    );
    const damaged = await posrig(['verify', bag]);
    assert.equal(damaged.code, 4);
    assert.match(damaged.stdout, /data\/runs\/0001-first\/journal\.jsonl:7:/);
  });

  it('refuses a run twice, and everything once a run is not as it was', async () => {
    assert.equal((await posrig(['campaign', 'add', file, out])).code, 3);
    const check = await posrig(['certify', '--check', file, '--json']);
    assert.equal(check.code, 2);
    const { missing } = JSON.parse(check.stdout) as { missing: { clause: string; field: string }[] };
    assert.ok(missing.some(({ clause, field }) => clause === '7.8.2.1 b' && field === 'laboratory.name'));
    appendFileSync(join(out, 'journal.jsonl'), '{"n":1}\n');
    for (const verb of [['campaign', 'show'], ['certify', '--check'], ['verify']])
      assert.equal((await posrig([...verb, file])).code, 4, verb.join(' '));
  });
});
