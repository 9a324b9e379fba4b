import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { COMMAND, posrig } from './testing/cli.ts';

/** Tells on standard error every module that a process loads. */
const TELL_LOADS = `data:text/javascript,${encodeURIComponent(
  `import { register } from 'node:module';
   register('data:text/javascript,' + encodeURIComponent(
     'export async function load(url, context, next) { process._rawDebug(url); return next(url, context); }'));`,
)}`;

describe('posrig --help', function () {
  this.timeout(60_000);

  it('loads nothing that only a verb needs', () => {
    const { stderr, stdout, status } = spawnSync(
      process.execPath,
      ['--import', TELL_LOADS, COMMAND, '--help'],
      { encoding: 'utf8' },
    );
    assert.equal(status, 0);
    assert.match(stdout, /run \[options\]/);
    const loaded = stderr.split('\n').filter((url) => url.startsWith('file:'));
    assert.ok(
      loaded.some((url) => url.includes('commander')),
      'the test sees what is loaded',
    );
    for (const heavy of [
      'zod',
      'yaml',
      'mocha',
      'serialport',
      'usb',
      'playwright',
      'allure',
      'hono',
      'iconv-lite',
    ]) {
      assert.deepEqual(
        loaded.filter(
          (url) => url.includes(`/node_modules/${heavy}/`) || url.includes(`/node_modules/@${heavy}/`),
        ),
        [],
        heavy,
      );
    }
    assert.ok(loaded.length < 40, `${loaded.length} modules`);
  });

  it('a reader that goes before the output ends breaks nothing', async () => {
    const job = Buffer.from('TOTAL 5.00\n'.repeat(5000)).toString('hex');
    const child = spawn(process.execPath, [COMMAND, 'decode', 'escpos', '--json'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (part) => {
      said += part;
    });
    child.stdin.end(job);
    const [code] = await once(child, 'close');
    assert.deepEqual([code, said], [0, '']);
  });

  it('every verb answers --help with what it takes', async () => {
    const verbs = ['run', 'list', 'check', 'doctor', 'schema', 'host', 'virtual', 'decode', 'report'];
    const answers = await Promise.all(verbs.map((verb) => posrig([verb, '--help'])));
    for (const [i, { code, stdout }] of answers.entries()) {
      assert.equal(code, 0, verbs[i]);
      assert.match(stdout, /Usage: posrig /, verbs[i]);
    }
  });

  it('a wrong verb or option is a usage error with a suggestion, exit 3', async () => {
    const wrongVerb = await posrig(['rnu']);
    assert.equal(wrongVerb.code, 3);
    assert.match(wrongVerb.stderr, /run/);
    const wrongOption = await posrig(['run', '--sped', '3']);
    assert.equal(wrongOption.code, 3);
    assert.match(wrongOption.stderr, /--speed/);
  });
});
