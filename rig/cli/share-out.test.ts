import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Bench } from '../bench/bench.ts';
import type { FileOf } from '../bench/load.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { commonArguments } from './run-many.ts';
import { shareOut } from './share-out.ts';

const scenario = (id: string): Scenario => ({ id }) as unknown as Scenario;
const bench = (id: string): FileOf<Bench> =>
  ({ value: { id }, file: `/${id}.yaml`, sha256: '' }) as unknown as FileOf<Bench>;

describe('sharing scenarios out among benches', () => {
  it('each goes to one bench, to one that fits when any does, and the work is spread', () => {
    const fitting = fc.array(fc.subarray(['a', 'b', 'c']), { maxLength: 30 });
    fc.assert(
      fc.property(fitting, (table) => {
        const scenarios = table.map((_, i) => scenario(`S-${i}`));
        const fits = (one: Scenario, on: FileOf<Bench>) =>
          table[Number(one.id.slice(2))]?.includes(on.value.id) ?? false;
        const shares = shareOut(scenarios, ['a', 'b', 'c'].map(bench), fits);
        const all = shares.flatMap((share) => share.ids.map((id) => ({ id, on: share.bench.value.id })));
        assert.deepEqual(all.map(({ id }) => id).sort(), scenarios.map(({ id }) => id).sort());
        for (const { id, on } of all) {
          const choice = table[Number(id.slice(2))] ?? [];
          assert.ok(choice.length === 0 ? on === 'a' : choice.includes(on));
        }
      }),
    );
    const free = shareOut(
      [1, 2, 3, 4].map((n) => scenario(`S-${n}`)),
      ['a', 'b'].map(bench),
      () => true,
    );
    assert.deepEqual(
      free.map((share) => share.ids),
      [
        ['S-1', 'S-3'],
        ['S-2', 'S-4'],
      ],
    );
  });

  it('each process gets the command line without what is its own', () => {
    const words =
      'run scenarios/x -b a.yaml --bench=b.yaml --bench c.yaml -o out --speed 60 -g X --bail --grep=Y --by till';
    assert.deepEqual(commonArguments(words.split(' ')), [
      'run',
      'scenarios/x',
      '--speed',
      '60',
      '--bail',
      '--by',
      'till',
    ]);
  });
});
