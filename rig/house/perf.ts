import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { PACKAGE_ROOT } from '../model/package-root.ts';
import { FIGURES_FILE, type Figure, holds, ratioOf } from './measure.ts';
import { sourcesNamed } from './sources.ts';

/**
 * `npm run perf [-- --only codec,simulator] [--json]`: every `*.perf.ts` of the house, each in a process of its own, compiled
 * as it ships: code that is translated as it is loaded is slower, and code of others is not. A measurement is a program that prints what it finds; one that calls `report` (measure.ts) gives figures, which `--json`
 * collects. Exit code 1 when a measurement fails or a figure is not what it ought to be.
 */
const program = new Command('perf')
  .description('measure posrig on this machine, beside others where there are others')
  .argument('[patterns...]', 'only measurements whose path contains one of these')
  .option('--only <patterns>', 'the same, separated by commas')
  .option('--list', 'name the measurements')
  .option('--json', 'all figures as one JSON object')
  .addHelpText(
    'after',
    '\nExamples:\n  npm run perf\n  npm run --silent perf -- --only iso8583,simulator --json',
  )
  .parse();
const {
  only = '',
  list = false,
  json = false,
} = program.opts<{ only?: string; list?: boolean; json?: boolean }>();
const files = sourcesNamed('.perf.ts', [...program.args, ...only.split(',').filter(Boolean)]);
if (list) {
  process.stdout.write(`${files.join('\n')}\n`);
  process.exit(files.length > 0 ? 0 : 1);
}
if (files.length === 0) process.stderr.write('there is no such measurement; --list names them\n');
const folder = mkdtempSync(join(tmpdir(), 'posrig-perf-'));
const processor = cpus();
const machine = {
  node: process.version,
  processor: processor[0]?.model.trim() ?? '',
  cores: processor.length,
};
if (!json) process.stdout.write(`${machine.processor}, ${machine.cores} cores, Node ${machine.node}\n`);

const built = spawnSync(process.execPath, ['--import', 'tsx', 'rig/house/build.ts'], {
  cwd: PACKAGE_ROOT,
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (built.status !== 0) process.exit(1);

const measured = files.map((file, i) => {
  if (!json) process.stdout.write(`\n${file}\n`);
  const figuresFile = join(folder, `${i}.json`);
  const { status, stdout } = spawnSync(process.execPath, [join('dist', file.replace(/\.ts$/, '.js'))], {
    cwd: PACKAGE_ROOT,
    env: { ...process.env, [FIGURES_FILE]: figuresFile },
    stdio: ['ignore', json ? 'pipe' : 'inherit', 'inherit'],
    encoding: 'utf8',
  });
  const figures = existsSync(figuresFile) ? (JSON.parse(readFileSync(figuresFile, 'utf8')) as Figure[]) : [];
  return { file, ok: status === 0, figures, text: stdout ?? '' };
});
rmSync(folder, { recursive: true });

if (json) {
  const measurements = measured.map(({ file, ok, figures, text }) => ({
    file,
    ok,
    ...(figures.length > 0
      ? { figures: figures.map((f) => ({ ...f, ratio: ratioOf(f), holds: holds(f) })) }
      : { text }),
  }));
  process.stdout.write(`${JSON.stringify({ machine, measurements }, null, 2)}\n`);
}
const below = measured.flatMap(({ figures }) => figures.filter((figure) => !holds(figure)));
for (const { name } of below) process.stderr.write(`not what it ought to be: ${name}\n`);
for (const { file } of measured.filter(({ ok }) => !ok)) process.stderr.write(`failed: ${file}\n`);
process.exitCode = files.length === 0 || below.length > 0 || measured.some(({ ok }) => !ok) ? 1 : 0;
