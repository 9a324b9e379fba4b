import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { PACKAGE_ROOT } from '../../model/package-root.ts';
import { sourcesNamed } from '../sources.ts';
import { findProgram } from './doctor.ts';
import { GUEST_WORK, initramfs } from './initramfs.ts';
import { guestKernel } from './kernel.ts';
import { runMachine } from './machine.ts';
import { loadOrder, moduleFiles } from './modules.ts';
import type { GuestReport } from './report.ts';

/**
 * `npm run test:vm`: every `*.vm.ts` of the house in a machine of its own with a real Linux USB stack: Debian's kernel in
 * an emulated PC over this machine's own files, no hardware, no privileges. See `--help`.
 */
const LIMIT_WALL_S = 590;
/** Drivers that the tests use; loaded before them, in this order. */
const MODULES = [
  ...['xhci_pci', 'vhci_hcd', 'cdc_acm', 'ftdi_sio', 'usbhid', 'hid_generic', 'evdev'],
  ...['veth', 'tun', 'sch_netem', 'sch_tbf', 'crc32c_generic', 'nf_tables', 'nft_ct', 'nft_reject_inet'],
];

const program = new Command('test:vm')
  .description('run the tests that need a real Linux USB stack, in an emulated machine')
  .argument('[patterns...]', 'only test files whose path contains one of these')
  .option(
    '--required',
    'a machine that cannot be made is a failure (also: POSRIG_VM=required, POSRIG_REQUIRE_ALL=1)',
  )
  .option('--list', 'name the test files')
  .option('--console', "show the guest's whole console")
  .option('--limit <seconds>', 'switch the machine off after so long', String(LIMIT_WALL_S))
  .option('--keep', 'keep the work folder: console, report')
  .addHelpText(
    'after',
    `
Examples:
  npm run test:vm
  npm run test:vm -- serial --console
  npm run setup -- --vm && npm run test:vm -- --required     as CI does

Needs qemu-system-x86_64, a static busybox and udev (npm run setup -- --vm), and downloads Debian's kernel once
(70 MB, kept in ~/.cache/posrig/vm, never installed). The guest takes 640 MB of memory while it runs.
Exit codes: 0 passed, or skipped without --required; 1 a test failed, or the machine could not be made though required.`,
  )
  .parse();
const options = program.opts<{
  required?: boolean;
  list?: boolean;
  console?: boolean;
  limit: string;
  keep?: boolean;
}>();
const required =
  options.required === true ||
  process.env['POSRIG_VM'] === 'required' ||
  process.env['POSRIG_REQUIRE_ALL'] === '1';
const say = (line: string) => void process.stdout.write(`${line}\n`);

const files = sourcesNamed('.vm.ts', program.args);
if (options.list || files.length === 0) {
  say(files.length > 0 ? files.join('\n') : 'there is no such test; --list names them');
  process.exit(files.length > 0 ? 0 : 1);
}

async function main(): Promise<number> {
  const began = Date.now();
  const made = await makeMachine().catch((error: Error) => error);
  if (made instanceof Error) return notMade(made.message);
  const work = await mkdtemp(join(tmpdir(), 'posrig-vm-'));
  try {
    await writeFile(join(work, 'initramfs'), made.initramfs);
    await writeFile(join(work, 'guest.sh'), guestScript(made.modules));
    // Once in many boots an emulated machine hangs before its first program; only that is worth a second start.
    let report: GuestReport | undefined;
    for (let start = 1; start <= 2; start++) {
      say(`booting ${made.kernel} (emulated) …`);
      const ended = await boot(made.qemu, made.image, work);
      report = await reportIn(work);
      if (report?.started || ended) break;
      say('the guest never reported; starting it a second time');
    }
    return conclude(report, (Date.now() - began) / 1000);
  } finally {
    if (options.keep) say(`kept: ${work}`);
    else await rm(work, { recursive: true, force: true });
  }
}

async function makeMachine() {
  const [qemu, busybox, udev] = await Promise.all(
    ['qemu-system-x86_64', 'busybox', 'systemd-udevd'].map(findProgram),
  );
  if (!qemu || !busybox || !udev)
    throw new Error('QEMU, busybox or udev is missing; `npm run setup -- --vm` installs them');
  const kernel = await guestKernel(say);
  const files = await moduleFiles(kernel.modules);
  return {
    qemu,
    kernel: kernel.name,
    image: kernel.image,
    modules: await loadOrder(MODULES, files),
    initramfs: await initramfs(busybox, files),
  };
}

function notMade(why: string): number {
  const stars = '*'.repeat(78);
  say(`${stars}\nSKIPPED: no test ran on a real USB stack: ${why}\n${stars}`);
  if (!required) return 0;
  say('required: this is a failure');
  return 1;
}

/** What the guest does: drivers, udev, the tests, off. Its files are this machine's, so paths are the same. */
function guestScript(modules: readonly string[]): string {
  const tests = files
    .map((file) => `'${join(PACKAGE_ROOT, 'dist', file.replace(/\.ts$/, '.js'))}'`)
    .join(' ');
  return `export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp TMPDIR=/tmp NO_COLOR=1
mkdir -p /dev/pts /dev/shm; mount -t devpts devpts /dev/pts; mount -t tmpfs tmpfs /dev/shm
ip link set lo up
for m in ${modules.join(' ')}; do busybox insmod $m || echo "guest: $m does not load"; done
mkdir -p /run/udev; for d in /lib/systemd /usr/lib/systemd; do [ -x $d/systemd-udevd ] && { $d/systemd-udevd --daemon; break; }; done
udevadm trigger -s usb -s tty; udevadm settle -t 30
echo "guest: up after $(cut -d' ' -f1 /proc/uptime) s"
'${process.execPath}' '${join(PACKAGE_ROOT, 'dist/rig/house/vm/guest.js')}' ${GUEST_WORK}/report.json ${tests}
dmesg > ${GUEST_WORK}/dmesg; sync; busybox reboot -f
`;
}

function boot(qemu: string, kernel: string, work: string): Promise<boolean> {
  const console: string[] = [];
  return runMachine({
    qemu,
    kernel,
    initramfs: join(work, 'initramfs'),
    work,
    limitWallMs: 1000 * Number(options.limit),
    line: (line) => {
      console.push(line);
      if (options.console || line.startsWith('  ') || line.startsWith('guest:')) say(line);
    },
  }).finally(() => writeFile(join(work, 'console.log'), `${console.join('\n')}\n`));
}

const reportIn = (work: string): Promise<GuestReport | undefined> =>
  readFile(join(work, 'report.json'), 'utf8').then(
    (text) => JSON.parse(text) as GuestReport,
    () => undefined,
  );

function conclude(report: GuestReport | undefined, seconds: number): number {
  for (const { title, message } of report?.failures ?? []) say(`\nFAILED ${title}\n${message}`);
  const { passed = 0, failed = 0, ended = false, skipped = [] } = report ?? {};
  for (const each of skipped) say(`skipped: ${each}`);
  if (!ended) say(report ? 'the guest stopped before its tests were done' : 'the guest never reported');
  if (report) say(`guest memory at most ${report.memoryMb} MB`);
  const lost = required ? skipped.length : 0;
  say(
    `${passed} passed, ${failed + lost} failed${skipped.length > lost ? `, ${skipped.length} skipped` : ''} in ${seconds.toFixed(0)} s`,
  );
  return ended && failed + lost === 0 && passed > 0 ? 0 : 1;
}

process.exitCode = await main();
