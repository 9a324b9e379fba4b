import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../model/package-root.ts';
import { bootUntilReported } from './boot.ts';
import { inItsPlace } from './bundle.ts';
import { cpio } from './cpio.ts';
import { bootable } from './kernel.ts';
import { refusedSettings } from './kernel-config.ts';
import { dependsOf, loadOrder, moduleFiles } from './modules.ts';
import { conclusionOf, type GuestReport } from './report.ts';
import type { Machine } from './tier.ts';

describe('house: the machine of test:vm', () => {
  it('writes archives as the kernel reads them', () => {
    const archive = Buffer.from(
      cpio([
        { path: 'bin', folder: true },
        { path: 'bin/a', file: new TextEncoder().encode('hello'), run: true },
        { path: 'b', link: 'bin/a' },
      ]),
    );
    const seen: string[] = [];
    for (let at = 0; at < archive.length; ) {
      const field = (i: number) =>
        Number.parseInt(archive.toString('latin1', at + 6 + 8 * i, at + 14 + 8 * i), 16);
      assert.equal(archive.toString('latin1', at, at + 6), '070701');
      const [mode, size, nameSize] = [field(1), field(6), field(11)];
      const name = archive.toString('latin1', at + 110, at + 110 + nameSize - 1);
      const from = Math.ceil((at + 110 + nameSize) / 4) * 4;
      seen.push(`${mode.toString(8)} ${name} ${archive.toString('latin1', from, from + size)}`.trim());
      at = Math.ceil((from + size) / 4) * 4;
    }
    assert.deepEqual(seen, ['40755 bin', '100755 bin/a hello', '120777 b bin/a', '0 TRAILER!!!']);
  });

  it('loads a module after what it says that it needs, each once', async () => {
    const root = mkdtempSync(join(tmpdir(), 'posrig-modules-'));
    mkdirSync(join(root, 'drivers'));
    const module = (name: string, depends: string) =>
      writeFileSync(join(root, 'drivers', `${name}.ko`), `ELF\0license=GPL\0depends=${depends}\0name=x\0`);
    module('vhci-hcd', 'usbip-core,usbcore');
    module('usbip-core', 'usbcore');
    module('usbcore', '');
    module('cdc-acm', 'usbcore');
    const order = await loadOrder(['cdc_acm', 'vhci-hcd', 'built-in'], await moduleFiles(root));
    assert.deepEqual(
      order.map((file) => file.slice(root.length + 9)),
      ['usbcore.ko', 'cdc-acm.ko', 'usbip-core.ko', 'vhci-hcd.ko'],
    );
    assert.deepEqual(dependsOf(Buffer.from('no such thing')), []);
    rmSync(root, { recursive: true });
  });

  it('an image that is no bzImage, or packed otherwise, is booted as it is', async () => {
    const other = Buffer.from('some other kernel');
    assert.equal(await bootable(other), other);
    const zstd = Buffer.alloc(4096);
    zstd.write('HdrS', 0x202, 'latin1');
    assert.equal(await bootable(zstd), zstd);
  });

  it('a kernel that does not take a line of our configuration is told, whatever it made of it', () => {
    const ours =
      'CONFIG_A=y\nCONFIG_B="x"\n# CONFIG_C is not set\n# CONFIG_D is not set\nCONFIG_E=y\nCONFIG_F=y\n';
    const made = 'CONFIG_A=y\nCONFIG_B="y"\nCONFIG_D=y\n# CONFIG_E is not set\n';
    assert.deepEqual(refusedSettings(ours, made), [
      'CONFIG_B="x", but it became "y"',
      'CONFIG_D=n, but it became y',
      'CONFIG_E=y, but it became n',
      'CONFIG_F=y, but it became n',
    ]);
  });

  it('what is packed for a guest still knows where its data and its programs lie', () => {
    const packed = (text: string) => inItsPlace(text, '/a b/dist/x.js');
    assert.equal(
      packed(`startThread(import.meta.url, 'y'); read(import.meta.dirname, __dirname, __filename);`),
      `startThread("file:///a%20b/dist/x.js", 'y'); read("/a b/dist", "/a b/dist", "/a b/dist/x.js");`,
    );
    assert.equal(packed(`import.meta.resolve('./main.js')`), '"file:///a%20b/dist/main.js"');
    const other = `import.meta.resolve('usb'); my__dirname; import.meta.urls`;
    assert.equal(packed(other), other);
  });

  it('only a guest that ran all its tests is a success; a skipped one is a failure where all is required', () => {
    const report: GuestReport = {
      ...{ started: true, ended: true, passed: 3, failed: 0, memoryMb: 200 },
      ...{ skipped: [], elsewhere: ['x: runs on tier qemu only'], failures: [] },
    };
    const run = {
      tier: 'uml',
      required: true,
      ended: { inTime: true, memoryMb: 300 },
      began: Date.now(),
    } as const;
    const sum = (seen: GuestReport | undefined, required = true) => {
      const { ok, lines } = conclusionOf(seen, { ...run, required });
      return `${ok} ${lines.at(-1)}`;
    };
    assert.equal(sum(report), 'true 3 passed, 0 failed, 1 on the other tier only in 0 s on uml');
    assert.match(sum({ ...report, ended: false }), /^false 3 passed/);
    assert.match(sum({ ...report, passed: 0 }), /^false/);
    assert.match(sum(undefined), /^false 0 passed/);
    assert.match(sum({ ...report, skipped: ['y: no'] }), /^false 3 passed, 1 failed/);
    assert.match(sum({ ...report, skipped: ['y: no'] }, false), /^true 3 passed, 0 failed, 1 skipped/);
  });

  it('only a guest that never reported is started a second time', async () => {
    const work = mkdtempSync(join(tmpdir(), 'posrig-boot-'));
    /** Each start: what the guest says; whether its tests begin; whether it hangs until it is switched off. */
    const boots = async (...starts: readonly { up?: boolean; reports?: boolean; hangs?: boolean }[]) => {
      rmSync(join(work, 'report.json'), { force: true });
      let count = 0;
      const machine: Machine = {
        ...{ tier: 'qemu', title: 'a machine', drivers: '' },
        async boot({ line, signal }) {
          const { up, reports, hangs } = starts[count++] ?? {};
          if (up) line('guest: up after 1 s');
          if (reports) writeFileSync(join(work, 'report.json'), JSON.stringify({ started: true }));
          if (hangs) await once(signal, 'abort');
          return { inTime: !signal.aborted, memoryMb: 1 };
        },
      };
      const limits = { limitWallMs: 60, bootWallMs: 20, say: () => {} };
      const { report, ended } = await bootUntilReported(machine, work, limits);
      return `${count} ${report?.started} ${ended.inTime}`;
    };
    assert.equal(await boots({ up: true, reports: true }), '1 true true');
    assert.equal(await boots({ hangs: true }, { up: true, reports: true }), '2 true true');
    assert.equal(await boots({ hangs: true }, { hangs: true }, { up: true }), '2 undefined false');
    assert.equal(await boots({ up: true, reports: true, hangs: true }), '1 true false', 'hung in a test');
    assert.equal(await boots({ up: true }), '1 undefined true', 'ended by itself');
    rmSync(work, { recursive: true });
  });

  it('without QEMU it says loudly that it skips, and fails when it is required', () => {
    // Only these programs are to be found: no QEMU wherever it lies.
    const run = (...more: string[]) =>
      spawnSync(process.execPath, ['--import', 'tsx', 'rig/house/vm/main.ts', ...more], {
        cwd: PACKAGE_ROOT,
        encoding: 'utf8',
        env: { PATH: '/nowhere', POSRIG_VM_TOOLS: '/nowhere' },
      });
    const skipped = run();
    assert.match(skipped.stdout, /^\*+\nSKIPPED: no test ran on a real USB stack: QEMU/);
    assert.equal(skipped.status, 0, skipped.stderr);
    const required = run('--required');
    assert.match(required.stdout, /SKIPPED.*\n\*+\nrequired: this is a failure/);
    assert.equal(required.status, 1);
  });

  it('every test of the machine belongs to the list', () => {
    const listed = spawnSync(process.execPath, ['--import', 'tsx', 'rig/house/vm/main.ts', '--list'], {
      cwd: PACKAGE_ROOT,
      encoding: 'utf8',
    }).stdout.trim();
    const here = readdirSync(join(PACKAGE_ROOT, 'drivers/transport')).filter((name) =>
      name.endsWith('.vm.ts'),
    );
    for (const name of here) assert.ok(listed.split('\n').includes(`drivers/transport/${name}`), name);
    assert.equal(listed.split('\n')[0], 'drivers/transport/serial.vm.ts', 'the most important first');
    assert.match(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8'), /"test:vm"/);
  });
});
