import { fileURLToPath } from 'node:url';
import type { Capability, Manifest } from '../bench/manifest.ts';
import { type Apt, aptGet, findApt, knownPackage, listsAreStale, runInstaller } from './apt.ts';

/** What `setUp` needs from the machine; tests give their own. */
export interface SetupMachine {
  findApt(): Promise<Apt>;
  listsAreStale(): Promise<boolean>;
  knownPackage(alternatives: string): Promise<string | undefined>;
  aptGet(apt: Apt, args: readonly string[]): Promise<string>;
  /** Runs another installer; resolves as `aptGet` does. */
  runInstaller(command: readonly [string, ...string[]]): Promise<string>;
}

export interface SetupOptions {
  /** What is still missing at the end makes the exit code 2 instead of 0. */
  readonly required?: boolean;
  readonly say?: (line: string) => void;
  readonly machine?: SetupMachine;
}

async function missingOf(manifests: readonly Manifest[]): Promise<readonly Capability[]> {
  const checks = manifests.flatMap((manifest) => manifest.doctor ?? []);
  const found = await Promise.all(checks.map((check) => check()));
  return found.flat().filter((capability) => capability.state === 'missing');
}

/**
 * Prepares this machine: everything that the manifests' doctor calls missing and that apt, or an installer that the
 * doctor names, can bring is installed, after saying what and why. Where apt may not be used the exact command is printed and the set-up goes on: that one output
 * will be missing, nothing else. Idempotent, asks nothing. Returns the exit code.
 */
export async function setUp(manifests: readonly Manifest[], options: SetupOptions = {}): Promise<number> {
  const say = options.say ?? ((line: string) => process.stdout.write(`${line}\n`));
  const machine = options.machine ?? { findApt, listsAreStale, knownPackage, aptGet, runInstaller };
  const missing = await missingOf(manifests);
  if (missing.length === 0) return 0;

  say('This machine lacks:');
  for (const { title, purpose, found } of missing)
    say(`  ${title}: ${purpose}${found === 'not found' ? '' : `. ${found}`}`);
  const mendable = missing.filter((capability) => capability.package ?? capability.installer);
  if (mendable.length > 0) await install(mendable, machine, say);

  const left = mendable.length > 0 ? await missingOf(manifests) : missing;
  for (const { title, remedy, purpose } of left) {
    say(`Still missing: ${title} (${purpose}). ${remedy ? `Install it with: ${remedy}` : ''}`);
  }
  if (left.length === 0) say('Everything is there.');
  else if (!options.required) say('Going on without: runs are complete but for these outputs.');
  return left.length > 0 && options.required ? 2 : 0;
}

async function install(
  missing: readonly Capability[],
  machine: SetupMachine,
  say: (line: string) => void,
): Promise<void> {
  const apt = await machine.findApt();
  if (!apt.may) return say(`Not installing: ${apt.why}.`);
  if (await machine.listsAreStale()) {
    say('Refreshing the package lists (apt-get update) …');
    const failure = await machine.aptGet(apt, ['update']);
    if (failure) say(`apt-get update failed; trying with the old lists:\n${failure}`);
  }
  const wanted = missing.flatMap((capability) => capability.package ?? []);
  const known = (await Promise.all(wanted.map((name) => machine.knownPackage(name)))).flatMap(
    (name) => name ?? [],
  );
  if (known.length > 0) {
    say(`Installing ${known.join(', ')} with apt-get (${apt.why}); this takes a minute or two …`);
    const failure = await machine.aptGet(apt, ['install', '--no-install-recommends', ...known]);
    if (failure) say(`apt-get install failed:\n${failure}`);
  } else if (wanted.length > 0) say('apt knows none of the packages.');
  for (const { title, installer } of missing) {
    if (!installer) continue;
    say(`Installing ${title} with ${installer.join(' ')}; this takes a minute or two …`);
    const failure = await machine.runInstaller(installer);
    if (failure) say(`${installer.join(' ')} failed:\n${failure}`);
  }
}

/**
 * `npm run setup [-- [--run] [--perf] [--vm] [--vm-build] [--required]]`: prepares the machine for the tests: the reports, the
 * kernel layer of the network, reading pictures of receipts. With --run only for what a run on the built-in bench writes;
 * with --perf also for what `npm run perf` measures beside, with --vm also for the machine in which `npm run test:vm` runs,
 * and with --vm-build for building one of its kernels.
 */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { reportCapabilities, testCapabilities } = await import('../../reports/tools.ts');
  const { examineKernel } = await import('../../drivers/network/kernel/doctor.ts');
  const { examineOcr } = await import('../../drivers/printer/ocr/tesseract.ts');
  const { examinePerfPeers } = await import('../../drivers/network/perf/peers.ts');
  const { examineTshark } = await import('../../drivers/till/tshark.ts');
  const { examineVm, examineVmBuild } = await import('./vm/doctor.ts');
  const asked = (flag: string) => process.argv.includes(flag);
  const doctor = [
    reportCapabilities,
    ...(asked('--run') ? [] : [testCapabilities, examineKernel, examineOcr, examineTshark('missing')]),
    ...(asked('--perf') ? [examinePerfPeers('missing')] : []),
    ...(asked('--vm') ? [examineVm('missing')] : []),
    ...(asked('--vm-build') ? [examineVmBuild('missing')] : []),
  ];
  process.exitCode = await setUp([{ doctor }], { required: asked('--required') });
}
