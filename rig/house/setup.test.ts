import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Capability } from '../bench/manifest.ts';
import { listsAreStale } from './apt.ts';
import { type SetupMachine, setUp } from './setup.ts';

const capability = (id: string, state: Capability['state'], more: Partial<Capability> = {}): Capability => ({
  id,
  title: id.toUpperCase(),
  state,
  found: state === 'ok' ? '/usr/bin/x' : 'not found',
  purpose: `the ${id} report`,
  ...more,
});

/** A machine on which `installed` decides what the doctor finds. */
function machine(may: boolean, fails = false) {
  const installed = new Set<string>();
  const said: string[] = [];
  const asked: string[][] = [];
  const own: SetupMachine = {
    findApt: async () => ({ may, prefix: [], why: may ? 'running as root' : 'installing needs root' }),
    listsAreStale: async () => true,
    knownPackage: async (names) => names.split(' | ').find((name) => name !== 'gone'),
    aptGet: async (_, args) => {
      asked.push([...args]);
      if (args[0] === 'install' && !fails) for (const name of args.slice(2)) installed.add(name);
      return fails ? 'E: no such mirror' : '';
    },
    runInstaller: async (command) => {
      asked.push([...command]);
      if (!fails) installed.add(command.at(-1) ?? '');
      return fails ? 'no such host' : '';
    },
  };
  const doctor = async () => [
    capability('pdf', installed.has('chromium') ? 'ok' : 'missing', {
      package: 'chromium',
      remedy: 'apt-get install chromium',
    }),
    capability('java', installed.has('jre') ? 'ok' : 'missing', {
      package: 'gone | jre',
      remedy: 'apt-get install jre',
    }),
  ];
  const run = (required = false) =>
    setUp([{ doctor: [doctor] }], { required, say: (line) => said.push(line), machine: own });
  return { run, said, asked, own };
}

describe('npm run setup', () => {
  it('says what is missing and why, then installs it in one go, then has nothing to do', async () => {
    const { run, said, asked } = machine(true);
    assert.equal(await run(true), 0);
    assert.deepEqual(asked, [['update'], ['install', '--no-install-recommends', 'chromium', 'jre']]);
    assert.deepEqual(said.slice(0, 3), [
      'This machine lacks:',
      '  PDF: the pdf report',
      '  JAVA: the java report',
    ]);
    said.length = 0;
    assert.equal(await run(true), 0);
    assert.deepEqual([said, asked.length], [[], 2]);
  });

  it('prints the commands and goes on where it may not install', async () => {
    const { run, said, asked } = machine(false);
    assert.equal(await run(), 0);
    assert.deepEqual(asked, []);
    assert.ok(
      said.includes('Still missing: PDF (the pdf report). Install it with: apt-get install chromium'),
    );
    assert.equal(await run(true), 2, '--required');
  });

  it('shows what apt said when it failed, and goes on', async () => {
    const { run, said } = machine(true, true);
    assert.equal(await run(), 0);
    assert.ok(said.some((line) => line.includes('E: no such mirror')));
  });

  it('runs the installer that is named where no package brings a thing, and only where it may install', async () => {
    for (const may of [true, false]) {
      const { own, asked } = machine(may);
      let there = false;
      const browser = async () => [
        capability('browser', there ? 'ok' : 'missing', {
          installer: ['fetch', 'browser'],
          remedy: 'fetch browser',
        }),
      ];
      const runInstaller = async (command: readonly string[]) => {
        asked.push([...command]);
        there = true;
        return '';
      };
      const code = await setUp([{ doctor: [browser] }], {
        required: true,
        say: () => {},
        machine: { ...own, runInstaller },
      });
      assert.deepEqual([code, asked.slice(-1)], may ? [0, [['fetch', 'browser']]] : [2, []]);
    }
  });

  it('does not touch what only a person can bring', async () => {
    const said: string[] = [];
    const { own, asked } = machine(true);
    const snap = async () => [
      capability('chromium', 'missing', {
        found: 'only the launcher of snap',
        remedy: 'npx playwright install chromium',
      }),
    ];
    assert.equal(await setUp([{ doctor: [snap] }], { say: (line) => said.push(line), machine: own }), 0);
    assert.ok(said.some((line) => line.includes('npx playwright install chromium')));
    assert.deepEqual(asked, []);
  });
});

describe('package lists', () => {
  it('are stale when there are none or apt has not written for a day', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'posrig-lists-'));
    assert.equal(await listsAreStale(join(folder, 'none')), true);
    mkdirSync(join(folder, 'partial'));
    assert.equal(await listsAreStale(folder), true);
    writeFileSync(join(folder, 'deb_main_Packages.lz4'), '');
    assert.equal(await listsAreStale(folder), false);
    const old = new Date(Date.now() - 30 * 3_600_000);
    for (const path of [folder, join(folder, 'partial')]) utimesSync(path, old, old);
    assert.equal(await listsAreStale(folder), true);
    rmSync(folder, { recursive: true });
  });
});
