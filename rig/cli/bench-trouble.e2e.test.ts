import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packaged } from '../model/package-root.ts';
import {
  alive,
  descendantsOf,
  holdersOf,
  journalOf,
  posrig,
  remove,
  scratch,
  start,
  verdictsOf,
} from './testing/cli.ts';

/** Trouble of the bench must never look like a failure of the terminal, and nothing may be left behind. */
describe('bench in trouble', function () {
  this.timeout(300_000);
  const folder = scratch();
  after(() => remove(folder));

  it('a keypad that lies 6 mm off is noticed and blamed on the bench', async () => {
    const world = join(folder, 'world.yaml');
    const shipped = readFileSync(packaged('drivers/virtual/world.yaml'), 'utf8');
    const moved = shipped.replace(/^ {2}y: -60$/m, '  y: -66');
    assert.notEqual(moved, shipped);
    writeFileSync(world, moved);
    const bench = join(folder, 'bench.yaml');
    writeFileSync(
      bench,
      'version: 1\nid: moved\ntitle: moved\nextends: posrig:drivers/virtual/bench.yaml\nservices: { virtual: { driver: virtual-bench, world: ./world.yaml } }\n',
    );
    const out = join(folder, 'moved');
    const result = await posrig([
      'run',
      '--bench',
      bench,
      '--grep',
      'ONLINE-001',
      '--out',
      out,
      '--formats',
      'none',
    ]);
    const verdicts = Object.values(verdictsOf(out));
    assert.equal(
      `${verdicts[0]?.verdict} ${verdicts[0]?.blame}`,
      'broken bench',
      result.stdout + result.stderr,
    );
    assert.match(verdicts[0]?.reason ?? '', /key/);
    assert.ok(verdicts.slice(1).every(({ verdict }) => verdict === 'skipped'));
    assert.equal(result.code, 2);
  });

  describe('started by hand elsewhere', () => {
    const elsewhere = scratch();
    const bench = join(elsewhere, 'ports.yaml');
    let virtual: ReturnType<typeof start>;
    before(() => {
      virtual = start(['virtual', '--speed', '50', '--write-bench', bench], { cwd: elsewhere });
    });
    after(async () => {
      virtual.child.kill('SIGTERM');
      await virtual.finished;
      remove(elsewhere);
    });

    it('needs nothing but its ports in the bench file, and is as good for the next run: the terminal signs on anew', async () => {
      await virtual.shown('ports.yaml');
      for (const run of ['by-hand', 'by-hand-again']) {
        const out = join(folder, run);
        const result = await posrig(
          ['run', '--bench', bench, '--grep', 'CITY-001', '--out', out, '--formats', 'none'],
          { cwd: folder },
        );
        assert.equal(verdictsOf(out)['CITY-001']?.verdict, 'passed', result.stdout + result.stderr);
        assert.equal(result.code, 0);
      }
    });

    it('is broken, never failed, when its gantry dies in mid-run; later scenarios are skipped with that cause', async () => {
      const written = parse(readFileSync(bench, 'utf8')) as { planes: { keypad: { port: string } } };
      const out = join(folder, 'gantry-gone');
      const run = start(
        ['run', '--bench', bench, '--grep', 'CITY-00[13]', '--out', out, '--formats', 'none'],
        { cwd: folder },
      );
      await run.shown('step 1');
      const holders = holdersOf(written.planes.keypad.port, virtual.child.pid ?? 0);
      assert.ok(holders.length > 0, `somebody holds ${written.planes.keypad.port}`);
      for (const holder of holders) process.kill(holder, 'SIGKILL');
      const result = await run.finished;
      const verdicts = verdictsOf(out);
      assert.equal(
        `${verdicts['CITY-001']?.verdict} ${verdicts['CITY-001']?.blame}`,
        'broken bench',
        result.stdout,
      );
      assert.equal(verdicts['CITY-003']?.verdict, 'skipped');
      assert.match(verdicts['CITY-003']?.reason ?? '', /the bench is out/);
      assert.equal(result.code, 2);
    });
  });

  it('Ctrl-C ends the run with teardown and a complete journal, and leaves no process behind', async () => {
    const out = join(folder, 'cancelled');
    const run = start(['run', '--grep', 'CITY-00[123]', '--out', out, '--formats', 'none'], { cwd: folder });
    await run.shown('step 1');
    const children = descendantsOf(run.child.pid ?? 0);
    assert.ok(children.length > 3);
    run.child.kill('SIGINT');
    const result = await run.finished;
    assert.equal(result.code, 2, result.stdout + result.stderr);
    assert.equal(journalOf(out).at(-1)?.type, 'run.end');
    assert.ok(!Object.values(verdictsOf(out)).some(({ verdict }) => verdict === 'failed'));
    assert.deepEqual(children.filter(alive), []);
  });

  it('kill -9 of the rig leaves no process behind, and its journal is readable', async () => {
    const out = join(folder, 'killed');
    const run = start(['run', '--grep', 'CITY-00[123]', '--out', out, '--formats', 'none'], { cwd: folder });
    await run.shown('step 1');
    const children = descendantsOf(run.child.pid ?? 0);
    run.child.kill('SIGKILL');
    await run.finished;
    await gone(children);
    assert.ok(journalOf(out).some((event) => event.type === 'step.start'));
    const rendered = await posrig(['report', out, '--format', 'junit,html'], { cwd: folder });
    assert.equal(rendered.code, 0, rendered.stderr);
  });
});

/** Waits until processes have ended, by asking the kernel; the test's own deadline is the limit. */
async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some(alive))
    await once(process.stdout, 'drain', { signal: AbortSignal.timeout(50) }).catch(() => undefined);
}
