import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../model/package-root.ts';

describe('npm run fuzz', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'posrig-fuzz-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');

  /** Runs a fuzzer with this source. */
  function run(name: string, source: string, ...options: string[]) {
    const file = join(folder, `${name}.fuzz.ts`);
    writeFileSync(file, source);
    const arguments_ = ['--import', 'tsx', 'rig/house/fuzz.ts', file, '--count', '10', ...options];
    const { status, stdout } = spawnSync(process.execPath, arguments_, {
      cwd: PACKAGE_ROOT,
      encoding: 'utf8',
    });
    return { status, stdout };
  }

  it('says what came of a fuzzer, and gives it count and seed', () => {
    const { status, stdout } = run(
      'planted-fine',
      'export const fuzz = async (o) => [o.count, o.seed];',
      '--seed',
      '9',
    );
    assert.match(stdout, /planted-fine\.fuzz\.ts: ok in .*seed 9: \[10,9\]/);
    assert.equal(status, 0);
  });

  it('fails when one throws, dies or hangs, naming the seed', () => {
    const thrown = run('planted-throws', "export const fuzz = async () => { throw new Error('found it'); };");
    assert.match(thrown.stdout, /FAILED .*seed 1: found it/);
    assert.equal(thrown.status, 1);
    const died = run('planted-dies', 'export const fuzz = async (o) => { o.progress(3); process.exit(7); };');
    assert.match(died.stdout, /FAILED .*died after \d+ of 10, seed 1: exit code 7/);
    const hung = run('planted-hangs', 'export const fuzz = async () => { for (;;); };', '--silence', '1');
    assert.match(hung.stdout, /FAILED .*hangs: nothing was heard for 1 s/);
    assert.equal(hung.status, 1);
  });
});
