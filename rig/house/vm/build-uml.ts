import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { appendFile, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { cacheFolder, downloadUnpacked, newestOf } from './apt-package.ts';
import { refusedSettings } from './kernel-config.ts';
import { UML_CONFIG, umlFolder } from './uml-kernel.ts';

/**
 * `npm run test:vm:build`: user-mode Linux from Debian's kernel source, in which `npm run test:vm` is four to five times
 * faster than in an emulated PC. See `--help`.
 */
const program = new Command('test:vm:build')
  .description("build user-mode Linux from Debian's kernel source for npm run test:vm")
  .option('--jobs <n>', 'compilers at once', String(availableParallelism()))
  .option('--again', 'build although there is a build of this source with this configuration')
  .addHelpText(
    'after',
    `
Downloads the package linux-source (140 MB), builds for five to ten minutes of two processors, and keeps the kernel
(11 MB) in ~/.cache/posrig/vm; the source goes again (2 GB while it builds). Needs gcc, make, flex, bison, bc and xz:
npm run setup -- --vm-build.`,
  )
  .parse();
const options = program.opts<{ jobs: string; again?: boolean }>();
const say = (line: string) => void process.stdout.write(`${line}\n`);
/** An hour: on a busy machine with one processor it takes half of that. */
const LIMIT_WALL_MS = 60 * 60_000;

async function main(): Promise<number> {
  const source = await newestOf('linux-source', /linux-source-\S+/);
  if (!source) {
    say('apt knows no linux-source; `apt-get update` as root refreshes its lists');
    return 1;
  }
  const folder = await umlFolder(source);
  if (!options.again && (await readdir(folder).catch(() => [])).some((name) => name === 'linux')) {
    say(`${folder} is there already`);
    return 0;
  }
  await mkdir(cacheFolder(), { recursive: true });
  const work = await mkdtemp(join(cacheFolder(), 'new-'));
  const log = join(cacheFolder(), 'uml-build.log');
  try {
    say(`downloading ${source.name} ${source.version} (about 140 MB) …`);
    const tree = await downloadUnpacked(source, work);
    const [archive] = (await readdir(join(tree, 'usr/src'))).filter((name) => name.includes('.tar.'));
    if (archive === undefined) throw new Error(`${source.name} holds no sources as expected`);
    const kernel = join(work, 'kernel');
    await mkdir(kernel);
    say('unpacking …');
    const unpack = ['-xf', join(tree, 'usr/src', archive), '-C', kernel, '--strip-components=1'];
    await run('tar', unpack, work, log);
    await rm(tree, { recursive: true });
    await configure(kernel, log);
    say(`building with ${options.jobs} compilers …`);
    await run('make', ['ARCH=um', `-j${options.jobs}`, 'linux'], kernel, log);
    await rm(folder, { recursive: true, force: true });
    const made = join(work, 'made');
    await mkdir(made);
    await copyFile(join(kernel, 'linux'), join(made, 'linux'));
    await copyFile(join(kernel, '.config'), join(made, 'config'));
    await rename(made, folder);
    say(`built: ${join(folder, 'linux')}`);
    return 0;
  } catch (error) {
    say(`${error instanceof Error ? error.message : error}\nWhat was said: ${log}`);
    return 1;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The kernel's default for user-mode Linux and ours over it. Throws when the kernel takes a line of ours otherwise. */
async function configure(kernel: string, log: string): Promise<void> {
  await run('make', ['ARCH=um', 'x86_64_defconfig'], kernel, log);
  const ours = await readFile(UML_CONFIG, 'utf8');
  await appendFile(join(kernel, '.config'), ours);
  await run('make', ['ARCH=um', 'olddefconfig'], kernel, log);
  const refused = refusedSettings(ours, await readFile(join(kernel, '.config'), 'utf8'));
  if (refused.length > 0)
    throw new Error(
      `this kernel does not take ${refused.length} lines of uml.config:\n${refused.join('\n')}`,
    );
}

/** Runs a program to its end; every line goes to the log, the number of compiled files to the console now and then. */
async function run(name: string, args: readonly string[], cwd: string, log: string): Promise<void> {
  const child = spawn(name, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_WALL_MS });
  const file = createWriteStream(log, { flags: 'a' });
  const tail: string[] = [];
  let compiled = 0;
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      file.write(`${line}\n`);
      tail.push(line);
      if (tail.length > 8) tail.shift();
      if (/^\s+CC\s/.test(line) && ++compiled % 250 === 0) say(`  ${compiled} files compiled`);
    });
  const code = await new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status, signal) => resolve(status ?? signal ?? 'no status'));
  });
  file.end();
  if (code !== 0) throw new Error(`${name} ${args.join(' ')} failed (${code}):\n${tail.join('\n')}`);
}

process.exitCode = await main();
