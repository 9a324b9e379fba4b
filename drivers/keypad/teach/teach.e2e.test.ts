import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { posrig, remove, scratch, start, verdictsOf } from '../../../rig/cli/testing/cli.ts';
import { packaged } from '../../../rig/model/package-root.ts';

/** Two keys were taken. */
const KEYS_TAKEN = /^ {2}taken: .*\n {2}taken: .*\n/m;

/** A terminal that lies 6 mm beside where the bench file believes it, turned and lower. */
describe('teach: a terminal that was moved', function () {
  this.timeout(240_000);
  const folder = scratch();
  const bench = join(folder, 'bench.yaml');
  after(() => remove(folder));

  before(() => {
    const shipped = readFileSync(packaged('drivers/virtual/world.yaml'), 'utf8');
    const world = shipped
      .replace(/^ {2}x: -160$/m, '  x: -154')
      .replace(/^ {2}rotation: 0 /m, '  rotation: 1.5 ')
      .replace(/^ {2}contact: -20$/m, '  contact: -20.6');
    assert.equal(world.split('\n').filter((line) => !shipped.split('\n').includes(line)).length, 3);
    writeFileSync(join(folder, 'world.yaml'), world);
    writeFileSync(
      bench,
      'version: 1\nid: moved\ntitle: moved\nextends: posrig:drivers/virtual/bench.yaml\nclock: { rate: 150 }\n' +
        'services: { virtual: { driver: virtual-bench, world: ./world.yaml } }\n' +
        'planes: { keypad: { driver: gantry, calibration: ./keypad.yaml, keep-in: { x: [-172, -92], y: [-110, -45] } } }\n',
    );
  });

  it('is found by its screen, and then runs', async () => {
    // A person who looks once for the keys by `find`, is called away, and goes on where they were.
    const begun = start(['teach', '--bench', bench, '--by', 'wang']);
    let heard = '';
    begun.child.stdout?.on('data', (chunk) => {
      const before = heard;
      heard += chunk;
      if (KEYS_TAKEN.test(heard) && !KEYS_TAKEN.test(before)) begun.child.kill('SIGINT');
    });
    begun.child.stdin?.write('where\nfind\n');
    const left = await begun.finished;
    assert.equal(left.code, 2, left.stdout + left.stderr);
    assert.match(left.stdout + left.stderr, /what was taken is kept in .*keypad\.unfinished\.json/);
    assert.ok(!existsSync(join(folder, 'keypad.yaml')));

    const lesson = start(['teach', '--bench', bench, '--by', 'wang']);
    lesson.child.stdin?.end('where\ndone\n');
    const taught = await lesson.finished;
    assert.equal(taught.code, 0, taught.stdout + taught.stderr);
    assert.match(taught.stdout, /going on with the lesson that wang was interrupted in/);
    assert.ok(!existsSync(join(folder, 'keypad.unfinished.json')));
    assert.match(taught.stdout, /mm RMS of at most 0.5/);
    const { placement, by, fit } = parse(readFileSync(join(folder, 'keypad.yaml'), 'utf8'));
    assert.equal(by, 'wang');
    assert.ok(fit.rms < 0.5);
    assert.ok(Math.hypot(placement.x + 154, placement.y + 60) < 1, JSON.stringify(placement));
    assert.ok(Math.abs(placement.rotation - 1.5) < 1.5 && Math.abs(placement.contact + 20.6) < 0.25);
    const svg = readFileSync(join(folder, 'keypad.svg'), 'utf8');
    assert.ok(svg.startsWith('<svg') && svg.includes('class="arrow"') && svg.endsWith('</svg>\n'));

    const out = join(folder, 'run');
    const run = await posrig([
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
    const verdicts = Object.values(verdictsOf(out));
    assert.ok(verdicts.length > 0);
    assert.ok(
      verdicts.every(({ verdict }) => verdict === 'passed'),
      run.stdout + run.stderr,
    );
  });
});
