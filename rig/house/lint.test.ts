import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../model/package-root.ts';

/** Runs a program of node_modules/.bin in the package and returns its output and status. */
function tool(name: string, ...args: string[]): { readonly status: number | null; readonly output: string } {
  const found = spawnSync(join(PACKAGE_ROOT, 'node_modules/.bin', name), args, {
    cwd: PACKAGE_ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status: found.status, output: `${found.stdout}${found.stderr}` };
}

describe('house', function () {
  this.timeout(300_000);

  it('is linted and formatted (biome)', () => {
    const { status, output } = tool('biome', 'check', '--error-on-warnings', '.');
    assert.equal(status, 0, output);
  });

  it('has no type errors (tsc)', () => {
    const { status, output } = tool('tsc', '--noEmit', '-p', '.');
    assert.equal(status, 0, output);
  });
});
