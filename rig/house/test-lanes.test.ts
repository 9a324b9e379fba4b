import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, runInLanes } from './test-lanes.ts';

/** Test files as they may be, each run as `npm test` runs its own. */
const FILES: Readonly<Record<string, string>> = {
  good: `it('holds', () => {}); it('holds too', async () => {})`,
  wrong: `it('compares', () => { const e = new Error('not the same'); e.actual = { a: 1 }; e.expected = { a: 2 }; throw e })`,
  skips: `it('needs a thing', function () { this.test.skipReason = 'no thing'; this.skip() })`,
  unreadable: `it('`,
  only: `it.only('alone', () => {}); it('not run', () => {})`,
  dies: `it('ends the process', () => process.exit(7))`,
  'fails-later': `it('ends before what it began', () => void setTimeout(() => { throw new Error('later') }, 50)); it('waits', (done) => void setTimeout(done, 500))`,
  alone: `import { mkdirSync, rmdirSync } from 'node:fs'; it('is alone', (done) => {
    const mine = new URL('held', import.meta.url); mkdirSync(mine); setTimeout(() => { rmdirSync(mine); done() }, 200) })`,
  hooks: `describe('a suite', () => { before(() => { throw new Error('no bench') }); it('never runs', () => {}) })`,
};

describe('test lanes', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'posrig-lanes-'));
  after(() => rmSync(folder, { recursive: true }));

  async function lanes(
    names: readonly string[],
    shares: (file: string) => string | undefined = () => undefined,
  ) {
    const files = names.map((name) => join(folder, `${name}.test.mjs`));
    for (const [i, name] of names.entries())
      writeFileSync(files[i] ?? '', FILES[name.replace(/\d$/, '')] ?? '');
    const ended: Ended[] = [];
    await runInLanes({ files, lanes: 2, shares, output: 'ignore', tell: (event) => ended.push(event) });
    return (name: string) => ended.filter(({ file }) => file === join(folder, `${name}.test.mjs`));
  }

  it('tell of every test of every file, whatever else stands beside it', async () => {
    const of = await lanes(Object.keys(FILES));
    assert.deepEqual(
      of('good').map(({ result, title }) => [result, ...title]),
      [
        ['passed', 'holds'],
        ['passed', 'holds too'],
      ],
    );
    const [wrong] = of('wrong');
    assert.equal(wrong?.result, 'failed');
    if (wrong?.result === 'failed')
      assert.deepEqual([wrong.error.message, wrong.error.actual?.includes('1')], ['not the same', true]);
    const [skips] = of('skips');
    assert.ok(skips?.result === 'skipped' && skips.reason === 'no thing');
    for (const name of ['unreadable', 'only', 'dies', 'fails-later', 'hooks'])
      assert.ok(
        of(name).some(({ result }) => result === 'failed'),
        `${name} is a failure`,
      );
    assert.match(JSON.stringify(of('dies')), /exit code 7/);
  });

  it('keep files apart that share something, and run all of them', async () => {
    const names = ['alone1', 'alone2', 'alone3', 'alone4'];
    const of = await lanes(names, () => 'the only network');
    for (const name of names)
      assert.deepEqual(
        of(name).map(({ result }) => result),
        ['passed'],
        name,
      );
  });
});
