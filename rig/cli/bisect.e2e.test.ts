import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packaged } from '../model/package-root.ts';
import { journalOf, posrig, remove, scratch, start } from './testing/cli.ts';

/** What the lab's command has of each version: a bench whose terminal has that firmware, or nothing. */
const SHELF: Readonly<Record<string, readonly string[]>> = {
  '1.0': [],
  '1.1': [],
  '1.3': ['full-pan-on-slip'],
  '1.4': ['full-pan-on-slip', 'reprint-not-marked'],
};

describe('posrig bisect (whole)', function () {
  this.timeout(180_000);
  const folder = scratch();
  const list = join(folder, 'versions.txt');
  const bench = join(folder, 'bench.yaml');
  const run = ['--', '--bench', bench, '--grep', '^ONLINE-001.tap', '--no-health'];
  const install = `cp "${folder}/shelf-$POSRIG_FIRMWARE.yaml" "${bench}"`;

  before(() => {
    const shipped = readFileSync(packaged('drivers/virtual/bench.yaml'), 'utf8');
    const world = 'world: posrig:drivers/virtual/world.yaml';
    assert.ok(shipped.includes(world));
    for (const [version, defects] of Object.entries(SHELF))
      writeFileSync(
        join(folder, `shelf-${version}.yaml`),
        shipped.replace(world, `${world}, defects: [${defects.join(', ')}]`),
      );
  });
  after(() => remove(folder));

  it('installs, runs, and names the first bad one; what cannot be installed is skipped, and named when it matters', async () => {
    writeFileSync(list, '# oldest first\n1.0\n1.1\n\n1.2-lost\n1.3\n1.4\n');
    const out = join(folder, 'out');
    const found = await posrig([
      ...['bisect', '--firmware', list, '--install', install, '--out', out, '--json'],
      ...run,
    ]);
    assert.equal(found.code, 2, found.stderr);
    const { folder: where, ...told } = JSON.parse(found.stdout) as Record<string, unknown>;
    assert.equal(where, out);
    assert.deepEqual([told['lastGood'], told['firstBad'], told['between']], ['1.1', '1.3', ['1.2-lost']]);
    assert.match(found.stderr, /installation of 1\.2-lost failed: exit 1/);
    assert.deepEqual(JSON.parse(readFileSync(join(out, 'bisect.json'), 'utf8')), told);
    // Every run says which firmware it was made with, and can be looked at like any other.
    const firmware = readdirSync(out)
      .filter((name) => existsSync(join(out, name, 'journal.jsonl')))
      .map((name) => journalOf(join(out, name))[0]?.['firmware']);
    assert.deepEqual(firmware.sort(), ['1.0', '1.1', '1.3', '1.4']);
  });

  it('says when there is nothing to find, and what is wrong with what it was given', async () => {
    writeFileSync(list, '1.0\n1.1\n');
    const asked = (out: string, words: readonly string[]) =>
      posrig(['bisect', '--firmware', list, '--install', install, '--out', join(folder, out), ...words]);
    const none = await asked('none', run);
    assert.equal(none.code, 1, none.stderr);
    assert.match(none.stdout, /^no answer: the newest that could be told is good/);
    const [own, repeat, nothing, unchosen, used] = await Promise.all([
      asked('own', ['--', '--out', 'elsewhere']),
      asked('repeat', ['--repeat', '0', ...run]),
      posrig(['bisect', '--firmware', join(folder, 'no.txt'), '--install', 'true']),
      asked('unchosen', ['--', '--bench', bench, '--grep', 'no such scenario', '--no-health']),
      asked('none', run),
    ]);
    assert.deepEqual([own.code, repeat.code, nothing.code, unchosen.code, used.code], [3, 3, 3, 3, 3]);
    assert.match(own.stderr, /--out is set by bisect itself/);
    assert.match(used.stderr, /is not empty/);
    assert.match(unchosen.stderr, /no scenario was chosen/);
    assert.match(nothing.stderr, /cannot read .*no\.txt/);
  });

  it('waits for the run that it ends when it is ended, and starts no other', async () => {
    writeFileSync(list, '1.0\n1.1\n1.3\n');
    const out = join(folder, 'ended');
    // The command ends bisect as a CI server would: while its first run is on.
    const first = join(out, '003', 'journal.jsonl');
    const { child, finished } = start([
      ...['bisect', '--firmware', list, '--install', install, '--out', out],
      ...run,
    ]);
    const watch = setInterval(() => {
      if (!existsSync(first) || !readFileSync(first, 'utf8').includes('"scenario.start"')) return;
      clearInterval(watch);
      child.kill('SIGINT');
    }, 20);
    const { code, stderr } = await finished.finally(() => clearInterval(watch));
    assert.equal(code, 2, stderr);
    assert.match(stderr, /ending the run: fixtures are made safe/);
    assert.match(stderr, /cancelled; what was run so far is kept/);
    assert.equal(journalOf(join(out, '003')).at(-1)?.type, 'run.end', 'the run ended in order');
    assert.ok(!existsSync(join(out, '001')), 'no other was started');
  });
});
