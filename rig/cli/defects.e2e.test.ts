import assert from 'node:assert/strict';
import { join } from 'node:path';
import { needsTesseract } from '../house/tiers.ts';
import { packaged } from '../model/package-root.ts';
import { journalOf, posrig, remove, scratch, verdictsOf } from './testing/cli.ts';

interface Listed {
  readonly id: string;
  readonly details: { readonly 'caught-by': string; readonly bench?: string; readonly rule?: string };
}
const listedIn = (json: string) => JSON.parse(json) as Listed[];

/** Defects that spoil the same place of the slip as another one. */
const apart = (id: string) => ['masks-complement', 'two-merchant-copies', 'slip-currency-wrong'].includes(id);

/** Every bug of the virtual firmware must be caught by its scenario, and a scenario that it does not touch must pass. */
describe('defects of the virtual terminal', function () {
  this.timeout(1_200_000);
  const folder = scratch();
  after(() => remove(folder));
  const CONTROL: Readonly<Record<string, string>> = {
    'full-pan-on-slip': '',
    // Whoever says it says it in every scenario.
    'tpdu-astray': '',
    'pin-not-told': '',
    'chip-sequence-missing': '',
    'hangs-with-reversal-due': '',
  };

  it('are caught, each by its scenario, blaming the terminal', async () => {
    const listed = await posrig(['list', 'defects', '--json']);
    const defects = listedIn(listed.stdout).filter(({ details }) => details.rule === undefined);
    assert.ok(defects.length >= 8);
    for (const { id, details } of defects) {
      const [catcher = ''] = details['caught-by'].split(', ');
      const control = CONTROL[id] ?? 'ONLINE-001\\[chip\\]';
      const out = join(folder, id);
      const grep = control === '' ? catcher : `${catcher}|${control}`;
      const bench = details.bench === undefined ? [] : ['--bench', packaged(details.bench)];
      const options = ['--defect', id, '--grep', grep, '--out', out, '--formats', 'none', ...bench];
      const result = await posrig(['run', ...options]);
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

  it('of receipts are caught by the rule that they break, several of them in one run', async () => {
    const listed = await posrig(['list', 'defects', '--json']);
    const defects = listedIn(listed.stdout).filter(({ details }) => details.rule !== undefined);
    assert.ok(defects.length >= 15);
    const scenarios = [...new Set(defects.map(({ details }) => details['caught-by']))];
    for (const scenario of scenarios) {
      const ids = defects
        .filter(({ id, details }) => details['caught-by'] === scenario && id !== 'raster-pan')
        .map(({ id }) => id);
      for (const [round, together] of [ids.filter(apart), ids.filter((id) => !apart(id))].entries()) {
        if (together.length === 0) continue;
        const out = join(folder, `${scenario}-${round}`);
        const options = together.flatMap((id) => ['--defect', id]);
        await posrig(['run', ...options, '--grep', scenario, '--out', out, '--formats', 'none']);
        const broken = new Set(
          journalOf(out).flatMap((event) => (event['rule'] as { id: string } | undefined)?.id ?? []),
        );
        for (const { id, details } of defects.filter((one) => together.includes(one.id)))
          assert.ok(
            broken.has(details.rule ?? ''),
            `${id}: ${details.rule} is not among ${[...broken].join()}`,
          );
        assert.equal(verdictsOf(out)[scenario]?.verdict, 'failed');
        assert.equal(verdictsOf(out)[scenario]?.blame, 'terminal');
      }
    }
  });

  it('a card number in a picture is read, found, and shown nowhere', async function () {
    await needsTesseract(this);
    const out = join(folder, 'raster-pan');
    await posrig(['run', '--defect', 'raster-pan', '--grep', 'REC-002', '--out', out, '--formats', 'none']);
    const verdict = verdictsOf(out)['REC-002'];
    assert.deepEqual([verdict?.verdict, verdict?.blame], ['failed', 'terminal'], verdict?.reason);
    const events = journalOf(out);
    const slips = events.filter(({ type }) => type === 'receipt');
    assert.ok(slips.some((event) => String(event['forbidden']).includes('pan-in-picture')));
    const broken = events.filter((event) => (event['rule'] as { id: string } | undefined) !== undefined);
    assert.deepEqual(
      [...new Set(broken.map((event) => (event['rule'] as { id: string }).id))],
      ['unionpay/no-card-data'],
    );
    const dots = events.filter((event) => event['withheld'] === 'dots of a picture');
    assert.ok(dots.length > 0 && dots.every((event) => event['hex'] === ''));
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
    assert.equal(result.code, 3, 'the command line is wrong, not the bench');
    assert.match(result.stderr, /no-reversal-on-timeout/);
  });
});
