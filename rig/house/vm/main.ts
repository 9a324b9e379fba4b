import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { sourcesNamed } from '../sources.ts';
import { bootUntilReported } from './boot.ts';
import { packForGuest } from './bundle.ts';
import { guestScript } from './guest-script.ts';
import { qemuMachine } from './qemu.ts';
import { conclusionOf } from './report.ts';
import { type Machine, NoMachine, TIERS, type TierName } from './tier.ts';
import { umlMachine } from './uml.ts';

/**
 * `npm run test:vm`: every `*.vm.ts` of the house in a machine of its own with a real Linux USB stack and a kernel that has
 * netem: user-mode Linux where it was built, else Debian's kernel in an emulated PC; both over this machine's own files, no
 * hardware, no privileges. See `--help`.
 */

/** Five minutes on a quiet machine; on one that is busy with others several times that. */
const LIMIT_WALL_S = 1500;
/** From its start to its tests: fifteen seconds, or some minutes on a machine that is busy with others. */
const BOOT_WALL_MS = 240_000;

const program = new Command('test:vm')
  .description('run the tests that need a real Linux USB stack, in a machine that is made for them')
  .argument('[patterns...]', 'only test files whose path contains one of these')
  .option(
    '--required',
    'a machine that cannot be made is a failure (also: POSRIG_VM=required, POSRIG_REQUIRE_ALL=1)',
  )
  .addOption(
    new Option('--tier <tier>', 'the kind of machine; otherwise uml where it was built, else qemu').choices(
      TIERS,
    ),
  )
  .option('-g, --grep <regex>', 'only tests whose title matches', '')
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
  npm run test:vm:build && npm run test:vm -- --tier uml
  npm run setup -- --vm && npm run test:vm -- --tier qemu --required     as CI does

uml   user-mode Linux: a kernel that runs as a program, four times slower than this machine. npm run test:vm:build
      builds it once from Debian's kernel source. Needs a static busybox and udev.
qemu  Debian's kernel in a PC whose processor is emulated, twenty times slower. Needs qemu-system-x86_64, a static
      busybox and udev (npm run setup -- --vm), and downloads the kernel once (70 MB, never installed).
Kernels are kept in ~/.cache/posrig/vm. The machine takes less than 1 GB of memory while it runs.
Exit codes: 0 passed, or skipped without --required; 1 a test failed, or the machine could not be made though required.`,
  )
  .parse();
const options = program.opts<{
  required?: boolean;
  tier?: TierName;
  grep: string;
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

/** What only a machine like this can show comes first: a guest that is cut off has done that. */
const FIRST = ['drivers/transport/serial', 'drivers/transport/usb.', 'drivers/power', 'drivers/devices'];
const rank = (file: string): number => {
  const at = FIRST.findIndex((start) => file.startsWith(start));
  return at < 0 ? FIRST.length : at;
};
const files = sourcesNamed('.vm.ts', program.args).sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
if (options.list || files.length === 0) {
  say(files.length > 0 ? files.join('\n') : 'there is no such test; --list names them');
  process.exit(files.length > 0 ? 0 : 1);
}

async function main(): Promise<number> {
  const began = Date.now();
  const made = await makeMachine().catch((error: unknown) => {
    if (error instanceof NoMachine) return error;
    throw error;
  });
  if (made instanceof NoMachine) return notMade(made.message);
  const work = await mkdtemp(join(tmpdir(), 'posrig-vm-'));
  try {
    const packed = join(work, 'dist');
    await packForGuest(files, packed);
    await writeFile(join(work, 'guest.sh'), guestScript(made, files, options.grep, packed));
    const { report, ended } = await bootUntilReported(made, work, {
      limitWallMs: 1000 * Number(options.limit),
      bootWallMs: BOOT_WALL_MS,
      say,
      all: options.console === true,
    });
    const conclusion = conclusionOf(report, { tier: made.tier, required, ended, began });
    for (const line of conclusion.lines) say(line);
    return conclusion.ok ? 0 : 1;
  } finally {
    if (options.keep) say(`kept: ${work}`);
    else await rm(work, { recursive: true, force: true });
  }
}

async function makeMachine(): Promise<Machine> {
  if (options.tier === 'qemu') return qemuMachine(say);
  const uml = await umlMachine().catch((error: Error) => error);
  if (!(uml instanceof Error)) return uml;
  if (options.tier === 'uml') throw uml;
  return qemuMachine(say);
}

function notMade(why: string): number {
  const stars = '*'.repeat(78);
  say(`${stars}\nSKIPPED: no test ran on a real USB stack: ${why}\n${stars}`);
  if (!required) return 0;
  say('required: this is a failure');
  return 1;
}

process.exitCode = await main();
