import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { journalOf, posrig, remove, scratch, verdictsOf } from './testing/cli.ts';

/** After each scenario the terminal is brought back to idle; whoever keeps it from there is named, and nobody else. */
describe('a terminal that does not come back to idle', function () {
  this.timeout(120_000);
  const folder = scratch();
  after(() => remove(folder));

  const run = (out: string, ...more: string[]) =>
    posrig(['run', '--grep', 'DROP-003|DROP-004|ONLINE-001', '--formats', 'none', '--out', out, ...more]);

  it('has failed when its firmware hangs; what comes later is skipped with that cause', async () => {
    const out = join(folder, 'hangs');
    const ran = await run(out, '--defect', 'hangs-with-reversal-due');
    const verdicts = verdictsOf(out);
    const first = verdicts['DROP-003'];
    assert.equal(`${first?.verdict} ${first?.blame}`, 'failed terminal', ran.stdout + ran.stderr);
    assert.match(first?.reason ?? '', /does not come back to idle/);
    const later = Object.entries(verdicts).filter(([id]) => id !== 'DROP-003');
    assert.ok(later.length >= 2);
    for (const [id, { verdict, reason }] of later) {
      assert.equal(verdict, 'skipped', id);
      assert.match(
        reason ?? '',
        /^not run: since DROP-003 the terminal does not come back to idle; it is booting/,
      );
      assert.match(reason ?? '', /power-cycle/, 'what was tried is told');
    }
    assert.equal(ran.code, 1);
  });

  it('has not failed when the bench kept it from there: broken, and no word against the terminal', async () => {
    // A bench without power and without a way home: the same hang, and a finger that presses beside the keys.
    const bench = join(folder, 'bench.yaml');
    writeFileSync(
      bench,
      [
        'version: 1',
        'id: beside',
        'title: beside',
        'extends: posrig:drivers/virtual/bench.yaml',
        'planes: { keypad: { placement: { x: -153 } } }',
      ].join('\n'),
    );
    const out = join(folder, 'beside');
    const ran = await run(out, '--bench', bench);
    const verdicts = Object.entries(verdictsOf(out));
    assert.ok(
      verdicts.every(([, { verdict }]) => verdict === 'broken' || verdict === 'skipped'),
      ran.stdout,
    );
    assert.ok(verdicts.some(([, { verdict, blame }]) => verdict === 'broken' && blame === 'bench'));
    assert.equal(ran.code, 2);
  });

  it('is proved to be idle otherwise, by every plane that can see it', async () => {
    const out = join(folder, 'sound');
    await posrig(['run', '--grep', 'DROP-003', '--formats', 'none', '--out', out]);
    const notes = journalOf(out).flatMap(({ type, text }) => (type === 'note' ? [String(text)] : []));
    const proof = notes.find((text) => text.startsWith('the terminal is idle'));
    assert.match(proof ?? '', /it shows "READY.*tells its till that it is ready, is not connected/);
  });
});
