import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { posrig, remove, scratch, verdictsOf } from '../../../rig/cli/testing/cli.ts';
import { packaged } from '../../../rig/model/package-root.ts';

/** Whole scenarios with other hands than the gantry: boards of solenoids, and a person who is asked. */
describe('keypad: other hands', function () {
  this.timeout(240_000);
  const folder = scratch();
  after(() => remove(folder));
  const names = [
    '1',
    '2',
    '3',
    'cancel',
    '4',
    '5',
    '6',
    'clear',
    '7',
    '8',
    '9',
    'func',
    'feed',
    '0',
    '00',
    'enter',
  ];
  const keys = Object.fromEntries(names.map((key, i) => [key, i + 1]));

  const runOver = async (id: string, board: string, keypad: object) => {
    const shipped = readFileSync(packaged('drivers/virtual/world.yaml'), 'utf8');
    const more = `solenoids: ${JSON.stringify({ board, keys })}\noperator: { name: li }\n`;
    writeFileSync(join(folder, `${id}-world.yaml`), shipped + more);
    const bench = join(folder, `${id}.yaml`);
    writeFileSync(
      bench,
      JSON.stringify({
        version: 1,
        id,
        title: id,
        extends: 'posrig:drivers/virtual/bench.yaml',
        services: { virtual: { driver: 'virtual-bench', world: `./${id}-world.yaml` } },
        planes: { keypad },
      }),
    );
    const out = join(folder, id);
    const result = await posrig([
      'run',
      '--bench',
      bench,
      '--grep',
      'ONLINE-001.chip',
      '--out',
      out,
      '--formats',
      'none',
    ]);
    const verdicts = Object.values(verdictsOf(out)).map(({ verdict }) => verdict);
    assert.deepEqual(verdicts, ['passed'], result.stdout + result.stderr);
  };

  it('a sale with a PIN by solenoids and by a person', async () => {
    const board = { kind: 'numato', port: '${virtual.solenoids}' };
    await Promise.all([
      runOver('solenoids', 'numato', { driver: 'solenoid', boards: [board], keys }),
      runOver('person', 'posrig-solenoid', { driver: 'operator', port: '${virtual.desk}' }),
    ]);
  });
});
