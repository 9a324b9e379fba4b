import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';
import { PACKAGE_ROOT } from '../model/package-root.ts';

/**
 * `npm test`: every `*.test.ts` of the house in one mocha process, fast ones first, whole runs (`*.e2e.test.ts`) last.
 * The last line reads `N passed, N failed`, with `, N skipped` when something was skipped; skipped tests are listed
 * with their reasons above it. With `--required` (or POSRIG_REQUIRE_ALL=1) a missing tool fails instead of skipping.
 */
const required = process.argv.includes('--required') || process.env['POSRIG_REQUIRE_ALL'] === '1';
if (required) process.env['POSRIG_REQUIRE_ALL'] = '1';
const patterns = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

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
  .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
  .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));

const mocha = new Mocha({ timeout: 60_000, reporter: 'dot', forbidOnly: true, color: process.stdout.isTTY });
for (const file of files) mocha.addFile(join(PACKAGE_ROOT, file));
await mocha.loadFilesAsync();

let passed = 0;
let failed = 0;
const skipped: string[] = [];
const runner = mocha.run(() => {
  for (const line of skipped) process.stdout.write(`skipped: ${line}\n`);
  if (required && skipped.length > 0) failed += skipped.length;
  const tail = skipped.length > 0 && !required ? `, ${skipped.length} skipped` : '';
  process.stdout.write(`${passed} passed, ${failed} failed${tail}\n`);
  // Whatever a test left open must not hide the result; a clean run has nothing open.
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
});
runner.on('pass', () => passed++);
runner.on('fail', () => failed++);
runner.on('pending', (test: Mocha.Test) => {
  const reason = (test as { skipReason?: string }).skipReason ?? 'no reason given';
  skipped.push(`${test.fullTitle()}: ${reason}`);
});
