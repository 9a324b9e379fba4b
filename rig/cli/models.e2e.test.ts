import assert from 'node:assert/strict';
import { join } from 'node:path';
import { journalOf, posrig, remove, scratch, verdictsOf } from './testing/cli.ts';

/** Scenarios know no model: the same files on other terminals move the same money. */
describe('the same scenarios on other models', function () {
  this.timeout(120_000);
  const folder = scratch();
  after(() => remove(folder));

  const models = [
    ['vt-6', 'keypad'],
    ['vt-a', 'till'],
  ] as const;
  for (const [model, by] of models) {
    it(`pass on ${model}, begun by ${by}`, async () => {
      const out = join(folder, model);
      const bench = `posrig:drivers/virtual/bench-${model}.yaml`;
      const grep = ['--grep', 'DROP-003'];
      const ran = await posrig([
        'run',
        '--bench',
        bench,
        '--by',
        by,
        ...grep,
        '--out',
        out,
        '--formats',
        'none',
      ]);
      assert.equal(ran.code, 0, ran.stdout + ran.stderr);
      assert.deepEqual(
        Object.values(verdictsOf(out)).map(({ verdict }) => verdict),
        ['passed'],
      );
      const moved = journalOf(out)
        .filter(({ type }) => type === 'ledger')
        .map(({ entries }) =>
          (entries as { kind: string; state: string }[]).map(({ kind, state }) => `${kind} ${state}`),
        );
      assert.deepEqual(moved[0], ['sale reversed', 'reversal posted', 'sale posted']);
    });
  }

  it('a till on a serial line that is not understood leaves no payment half done', async () => {
    const out = join(folder, 'serial');
    const bench = ['--bench', 'posrig:drivers/virtual/bench-serial.yaml', '--by', 'till'];
    const ran = await posrig(['run', ...bench, '--grep', 'TILL-011', '--out', out, '--formats', 'none']);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.equal(verdictsOf(out)['TILL-011']?.verdict, 'passed');
  });

  it('a bench that sees the terminal by its till alone tells a sale from a decline, and skips what it cannot see', async () => {
    const out = join(folder, 'till-status');
    const bench = 'posrig:drivers/virtual/bench-till-status.yaml';
    const grep = ['--grep', '^(LIMIT-001|CITY-001)'];
    const ran = await posrig(['run', '--bench', bench, ...grep, '--out', out, '--formats', 'none']);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    const verdicts = verdictsOf(out);
    assert.equal(verdicts['LIMIT-001']?.verdict, 'passed');
    assert.equal(verdicts['CITY-001']?.verdict, 'skipped');
    assert.match(verdicts['CITY-001']?.reason ?? '', /does not see texts/);
    const events = journalOf(out);
    const results = events.flatMap(({ type, lines }) =>
      type === 'screen' ? (lines as string[]).filter((line) => /^result (?:sale|settlement)/.test(line)) : [],
    );
    assert.deepEqual(
      results.map((line) => line.split(' ').slice(0, 4).join(' ')),
      ['result sale host 61', 'result sale ok 00', 'result settlement ok 00'],
    );
    const pressed = events.filter(({ type }) => type === 'key');
    assert.ok(pressed.length > 0 && pressed.every(({ verified }) => verified === 'unverified'));
  });
});
