import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadData, SHIPPED } from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import { needsChromium, needsJava } from '../house/tiers.ts';
import { CardFile, track2Of } from '../model/card.ts';
import { packaged } from '../model/package-root.ts';
import { filesBelow, journalOf, posrig, remove, scratch, verdictsOf } from './testing/cli.ts';

describe('posrig run (whole)', function () {
  this.timeout(600_000);
  const folder = scratch();
  const out = join(folder, '运行 1');
  let result: Awaited<ReturnType<typeof posrig>>;

  before('runs the full plan', async () => {
    result = await posrig(['run', '--plan', 'full', '--out', out, '--seed', '7'], { cwd: folder });
  });
  after(() => remove(folder));

  it('passes every shipped scenario that a bench without TLS, look-ups and packets can run, exit 0', () => {
    const verdicts = Object.entries(verdictsOf(out));
    const having = (wanted: string) =>
      verdicts.filter(([, { verdict }]) => verdict === wanted).map(([id]) => id);
    assert.ok(having('passed').length >= 20, result.stdout + result.stderr);
    // They run on benches that have these: rig/cli/tls-bench.e2e.test.ts, drivers/network/kernel/bench.e2e.test.ts,
    // rig/cli/models.e2e.test.ts.
    const skipped = having('skipped');
    assert.ok(
      skipped.every((id) => /^(TLS|DNS|KERNEL|PACKET)-|^TILL-011$/.test(id)),
      skipped.join(' '),
    );
    assert.equal(having('passed').length + skipped.length, verdicts.length);
    assert.equal(result.code, 0);
  });

  it('writes over no run: a folder that holds one is refused before anything starts', async () => {
    const again = await posrig(['run', '--grep', 'CITY-001', '--out', out], { cwd: folder });
    assert.equal(again.code, 3);
    assert.match(again.stderr, /holds a run already \[USAGE\]/);
  });

  it('writes journal, JUnit and the page', () => {
    for (const name of ['journal.jsonl', 'junit.xml', 'index.html', 'allure-results'])
      assert.ok(existsSync(join(out, name)), name);
    for (const name of ['journal.jsonl', 'junit.xml', 'index.html'])
      assert.ok(result.stdout.includes(name), `${name} in ${result.stdout}`);
  });

  it('prints the page to PDF', async function () {
    await needsChromium(this);
    assert.equal(readFileSync(join(out, 'report.pdf')).subarray(0, 5).toString(), '%PDF-');
  });

  it('generates the Allure report', async function () {
    await needsJava(this);
    assert.ok(existsSync(join(out, 'allure-report/index.html')));
  });

  it('shows no card number, track or PIN in any file', () => {
    const { cards } = valueOrThrow(loadData(packaged(SHIPPED.cards), CardFile)).value;
    const files = filesBelow(out);
    assert.ok(files.length > 50);
    for (const file of files) {
      const bytes = readFileSync(file);
      const text = bytes.toString('latin1').toLowerCase();
      for (const card of cards) {
        for (const secret of [
          card.pan,
          track2Of(card),
          card.pan.split('').join(' '),
          Buffer.from(card.pan).toString('hex'),
        ]) {
          assert.ok(!text.includes(secret.toLowerCase()), `${file} shows a form of the number of ${card.id}`);
        }
        assert.ok(
          !bytes.includes(Buffer.from(card.pan.length % 2 ? `${card.pan}0` : card.pan, 'hex')),
          `${file}: packed`,
        );
        if (/\.(jsonl|xml|html|txt|svg|json)$/.test(file)) {
          assert.ok(
            !new RegExp(`(?<![\\w.-])${card.pin}(?![\\w.-])`).test(text),
            `${file} shows the PIN of ${card.id}`,
          );
        }
      }
    }
  });

  it('withholds what moved the finger to PIN digits', () => {
    const events = journalOf(out);
    const withheld = events.filter(
      (event) => event.type === 'bytes' && event['plane'] === 'keypad' && event['withheld'] !== undefined,
    );
    assert.ok(withheld.length > 0);
    assert.ok(withheld.every((event) => event['hex'] === ''));
    const secret = events.filter((event) => event.type === 'key' && event['key'] === '*');
    assert.ok(secret.length > 0 && secret.every((event) => event['position'] === undefined));
  });

  it('every scenario that ran asserts the host, the money and something seen at the terminal', () => {
    const checked = new Map<string, Set<string>>();
    for (const event of journalOf(out)) {
      const id = String(event['scenario']);
      const seen = checked.get(id) ?? new Set();
      checked.set(id, seen);
      if (event.type === 'invariant' && event['verdict'] === 'passed') seen.add('money');
      if (event.type !== 'expectation' || event['verdict'] !== 'passed') continue;
      const path = String(event['path']);
      if (/\.host/.test(path)) seen.add('host');
      if (/\.(outcome|display|receipt|code)/.test(path)) seen.add('terminal');
    }
    for (const [id, { verdict }] of Object.entries(verdictsOf(out))) {
      if (verdict === 'skipped') continue;
      assert.deepEqual([...(checked.get(id) ?? [])].sort(), ['host', 'money', 'terminal'], id);
    }
  });

  it('renders again from the journal alone', async () => {
    const again = join(folder, 'again');
    const rendered = await posrig(['report', out, '--format', 'junit,html', '--out', again, '--lang', 'zh'], {
      cwd: folder,
    });
    assert.equal(rendered.code, 0, rendered.stderr);
    assert.match(readFileSync(join(again, 'index.html'), 'utf8'), /lang="zh/);
  });
});
