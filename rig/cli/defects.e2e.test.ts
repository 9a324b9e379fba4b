import assert from 'node:assert/strict';
import { join } from 'node:path';
import { posrig, remove, scratch, verdictsOf } from './testing/cli.ts';

/** Every bug of the virtual firmware must be caught by its scenario, and a scenario that it does not touch must pass. */
describe('defects of the virtual terminal', function () {
  this.timeout(300_000);
  const folder = scratch();
  after(() => remove(folder));
  const CONTROL: Readonly<Record<string, string>> = { 'full-pan-on-slip': '' };

  it('are caught, each by its scenario, blaming the terminal', async () => {
    const listed = await posrig(['list', 'defects', '--json']);
    const defects = JSON.parse(listed.stdout) as { id: string; details: { 'caught-by': string } }[];
    assert.ok(defects.length >= 8);
    for (const { id, details } of defects) {
      const [catcher = ''] = details['caught-by'].split(', ');
      const control = CONTROL[id] ?? 'ONLINE-001\\[chip\\]';
      const out = join(folder, id);
      const grep = control === '' ? catcher : `${catcher}|${control}`;
      const result = await posrig(['run', '--defect', id, '--grep', grep, '--out', out, '--formats', 'none']);
      const verdicts = Object.entries(verdictsOf(out));
      const caught = verdicts.filter(([name]) => name.startsWith(catcher));
      const others = verdicts.filter(([name]) => !name.startsWith(catcher));
      assert.ok(caught.length > 0, `${id}: ${result.stdout}${result.stderr}`);
      for (const [name, { verdict, blame, reason }] of caught) {
        assert.equal(`${verdict} ${blame}`, 'failed terminal', `${id} in ${name}: ${reason}`);
        assert.ok((reason ?? '').length > 20, `${id}: a reason that an engineer understands`);
      }
      for (const [name, { verdict, reason }] of others)
        assert.equal(verdict, 'passed', `${id} in ${name}: ${reason}`);
      assert.equal(result.code, 1, id);
    }
  });

  it('an unknown defect is refused with the nearest word', async () => {
    const result = await posrig([
      'run',
      '--defect',
      'no-reversal-on-timout',
      '--grep',
      'CITY-001',
      '--out',
      join(folder, 'unknown'),
      '--formats',
      'none',
    ]);
    assert.notEqual(result.code, 0);
    assert.match(result.stdout + result.stderr, /no-reversal-on-timeout/);
  });
});
