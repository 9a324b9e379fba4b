import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../rig/model/package-root.ts';
import { makeClock } from '../../rig/model/time.ts';
import { listenForTill } from '../virtual/till/till-port.ts';
import { sellingTerminal } from './testing/selling-terminal.ts';

/** The verb as people run it. */
function till(args: readonly string[]): Promise<{ status: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [
    '--import',
    'tsx',
    join(PACKAGE_ROOT, 'rig/cli/main.ts'),
    'till',
    'zvt',
    ...args,
  ]);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, out, err })));
}

describe('posrig till zvt', () => {
  it('pays, with states as they come; tells what the acquirer said when it is refused; says what is missing', async () => {
    const port = await listenForTill({ host: '127.0.0.1', port: 0 }, sellingTerminal(), makeClock(1));
    try {
      const place = ['--tcp', port.address, '--currency', 'CNY', '--register'];
      const [paid, wrong] = await Promise.all([
        till([...place, 'pay', '10.10', '--lang', 'de']),
        till(['pay', '1']),
      ]);
      assert.match(paid.out, /Karte einstecken[\s\S]*approved.*CNY 10\.10, receipt 0042, trace 000042/);
      assert.equal(paid.status, 0);
      assert.equal(wrong.status, 3);
      assert.match(wrong.err, /say where the terminal is/);
      const declined = await till([...place, '--json', 'pay', '10.20']);
      const end = JSON.parse(declined.out.trim().split('\n').at(-1) ?? '') as {
        outcome: string;
        code: number;
      };
      assert.deepEqual([end.outcome, end.code], ['declined', 51]);
      assert.equal(declined.status, 1);
    } finally {
      await port.close();
    }
  });
});
