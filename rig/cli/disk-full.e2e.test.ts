import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { COMMAND, remove, scratch } from './testing/cli.ts';

/** Shell words of a script that has a disk of that size for itself, at `$1`; nobody else sees it, and it goes with the script. */
const onSmallDisk = (size: string, script: string) => [
  '--map-root-user',
  '--mount',
  'sh',
  '-c',
  `mount -t tmpfs -o size=${size} none "$1" && ${script}`,
  'sh',
];

describe('a disk that is full', function () {
  this.timeout(240_000);
  let folder: string;
  before(function () {
    folder = scratch();
    mkdirSync(join(folder, 'disk'));
    const { status } = spawnSync('unshare', [...onSmallDisk('64k', 'true'), join(folder, 'disk')]);
    // Containers may not be allowed to make a disk of their own.
    if (status !== 0) this.skip();
  });
  after(() => remove(folder));

  const script = (size: string, formats: string) => {
    const posrig = `"${process.execPath}" "${COMMAND}"`;
    const run = `${posrig} run --grep DROP-003 --speed 60 --formats ${formats} --out "$1/run"; echo "run $?"`;
    const after = `${posrig} verify "$1/run"; echo "verify $?"; ${posrig} report "$1/run" --format html --out "$1/../again"; echo "report $?"`;
    const { stdout, stderr } = spawnSync(
      'unshare',
      [...onSmallDisk(size, `{ ${run}; ${after}; }`), join(folder, 'disk')],
      {
        encoding: 'utf8',
        env: { ...process.env, NO_COLOR: '1' },
      },
    );
    return `${stdout}${stderr}`;
  };

  it('ends a run in the middle with everything put away, and what was recorded is whole and can be reported', () => {
    const told = script('120k', 'none');
    assert.match(told, /^run 4$/m, told);
    assert.match(told, /no space left on device.*\[JOURNAL_DAMAGED\]/);
    assert.doesNotMatch(told, /terminate called|Uncaught|done\(\) called/);
    assert.match(told, /^verify 0$/m, told);
    assert.match(told, /the run was interrupted/);
    assert.match(told, /^report 0$/m, told);
  });

  it('costs the reports of a run only, and says how to make them elsewhere', () => {
    const told = script('330k', 'junit,html');
    assert.match(told, /^run 0$/m, told);
    assert.match(told, /index\.html was not made: the disk is full .*posrig report .*--out FOLDER/);
    assert.match(told, /^verify 0$/m, told);
    assert.match(told, /^report 0$/m, told);
  });
});
