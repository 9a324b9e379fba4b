import assert from 'node:assert/strict';
import { once } from 'node:events';
import { packaged } from '../../../../rig/model/package-root.ts';
import type { Power } from '../probe.ts';
import { needsPowers } from './needs.ts';
import { openSandbox } from './sandbox.ts';

interface MochaResult {
  readonly stats: { readonly passes: number; readonly failures: number; readonly pending: number };
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly stack?: string } }[];
}

/**
 * A test that runs a file of tests in a network of its own, where it may do what it likes: `x.sandboxed.ts` beside the
 * test that names it. Its failures are this test's.
 * @param tests how many tests there are in the file, so that none can silently go missing
 */
export function itInSandbox(title: string, file: string, tests: number, powers: readonly Power[]): void {
  it(title, async function () {
    await needsPowers(this, 'namespace', ...powers);
    const sandbox = await openSandbox();
    try {
      const child = sandbox.start(process.execPath, [
        ...['--import', 'tsx', packaged('node_modules/mocha/bin/mocha.js'), '--no-config'],
        ...['--reporter', 'json', '--timeout', '15000', '--exit', packaged(file)],
      ]);
      const said = { stdout: '', stderr: '' };
      child.stdout?.on('data', (chunk: Buffer) => {
        said.stdout += chunk.toString('utf8');
      });
      child.stderr?.on('data', (chunk: Buffer) => {
        said.stderr += chunk.toString('utf8');
      });
      child.stdin?.end();
      const late = setTimeout(() => child.kill('SIGKILL'), 50_000);
      await once(child, 'close');
      clearTimeout(late);
      const start = said.stdout.indexOf('{\n  "stats"');
      assert.ok(start >= 0, `${said.stdout}${said.stderr}`);
      const { stats, failures } = JSON.parse(said.stdout.slice(start)) as MochaResult;
      assert.deepEqual(
        failures.map(({ fullTitle, err }) => `${fullTitle}: ${err.stack ?? ''}`),
        [],
        failures.map(({ fullTitle, err }) => `${fullTitle}: ${err.stack ?? ''}`).join('\n'),
      );
      assert.equal(stats.passes, tests, `${stats.passes} passed, ${stats.pending} pending`);
    } finally {
      await sandbox.close();
    }
  });
}
