import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import Mocha from 'mocha';
import { PACKAGE_ROOT } from '../model/package-root.ts';
import { type Ended, type Failure, runInLanes } from './test-lanes.ts';

/**
 * `npm test`: every `*.test.ts` of the house, fast ones first, whole runs (`*.e2e.test.ts`) last, in as many processes
 * as the machine has cores (two at most: tests wait for terminals more than they compute). The last line reads
 * `N passed, N failed`, with `, N skipped` when something was skipped; skipped tests are listed with their reasons
 * above it. With `--required` (or POSRIG_REQUIRE_ALL=1) a missing tool fails instead of skipping.
 */
const count = (text: string): number => {
  const lanes = Number(text);
  if (!Number.isInteger(lanes) || lanes < 1 || lanes > 16) throw new InvalidArgumentError('expected 1 to 16');
  return lanes;
};
const program = new Command('test')
  .description('run the tests')
  .argument('[patterns...]', 'only test files whose path contains one of these')
  .option('--required', 'a missing tool fails instead of skipping', process.env['POSRIG_REQUIRE_ALL'] === '1')
  .option('--lanes <n>', 'processes beside each other', count, Math.min(2, availableParallelism()))
  .option('--slowest <n>', 'list the files that took longest', Number, 0)
  .addHelpText(
    'after',
    '\nExamples:\n  npm test\n  npm test -- drivers/till --lanes 1\n  npm test -- --slowest 20',
  )
  .parse();
const { required, lanes, slowest } = program.opts<{ required: boolean; lanes: number; slowest: number }>();
if (required) process.env['POSRIG_REQUIRE_ALL'] = '1';

function testFiles(folder: string): string[] {
  return readdirSync(join(PACKAGE_ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (path === 'reports/runs') return [];
    if (entry.isDirectory()) return testFiles(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

const rank = (file: string): number =>
  file.startsWith('rig/house/') ? 0 : file.endsWith('.e2e.test.ts') ? 2 : 1;
const files = ['rig', 'drivers', 'reports']
  .flatMap(testFiles)
  .filter((file) => program.args.length === 0 || program.args.some((pattern) => file.includes(pattern)))
  .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));

/** What works on the one network of this machine, or lists all of posrig's on it, has it for itself. */
const shares = (file: string): string | undefined =>
  file.startsWith('drivers/network/') ? 'the network of this machine' : undefined;

let column = 0;
const mark = (text: string): void => {
  process.stdout.write(`${column === 0 ? '  ' : ''}${text}${column === 71 ? '\n' : ''}`);
  column = (column + 1) % 72;
};
let passed = 0;
const failures: Failure[] = [];
const skipped: string[] = [];
const took = new Map<string, number>();
const began = performance.now();
await runInLanes({
  files,
  lanes,
  shares,
  tell(event: Ended) {
    took.set(event.file, (took.get(event.file) ?? 0) + event.ms);
    if (event.result === 'passed') {
      passed++;
      mark('.');
    } else if (event.result === 'skipped') {
      skipped.push(`${event.title.join(' ')}: ${event.reason}`);
      mark(',');
    } else {
      failures.push(event);
      mark('!');
    }
  },
});

process.stdout.write('\n\n');
if (failures.length > 0)
  Mocha.reporters.Base.list(
    failures.map(({ title, error }) => ({
      err: error,
      fullTitle: () => title.join(' '),
      titlePath: () => [...title],
    })) as unknown as Mocha.Test[],
  );
const minutes = (performance.now() - began) / 60_000;
process.stdout.write(`${files.length} files in ${minutes.toFixed(1)} min\n`);
for (const [file, ms] of [...took].sort(([, a], [, b]) => b - a).slice(0, slowest))
  process.stdout.write(`${(ms / 1000).toFixed(1).padStart(8)} s  ${file}\n`);
for (const line of skipped) process.stdout.write(`skipped: ${line}\n`);
const failed = failures.length + (required ? skipped.length : 0);
const tail = skipped.length > 0 && !required ? `, ${skipped.length} skipped` : '';
process.stdout.write(`${passed} passed, ${failed} failed${tail}\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
