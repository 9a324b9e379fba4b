import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import { ELSEWHERE, type GuestReport } from './report.ts';

/** The guest's part of `npm run test:vm`: runs mocha files and keeps a report of them. Arguments: report, pattern of titles, files. */
const [reportFile = '', grep = '', ...files] = process.argv.slice(2);
const failures: { title: string; message: string }[] = [];
const skipped: string[] = [];
const elsewhere: string[] = [];
let passed = 0;
let memoryMb = 0;

/** Whole or not at all: the machine may be switched off at any time. */
function write(ended: boolean): void {
  const meminfo = readFileSync('/proc/meminfo', 'utf8');
  const kb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(meminfo)?.[1] ?? 0);
  memoryMb = Math.max(memoryMb, Math.round((kb('MemTotal') - kb('MemAvailable')) / 1024));
  const report: GuestReport = {
    started: true,
    ended,
    passed,
    failed: failures.length,
    skipped,
    elsewhere,
    failures,
    memoryMb,
  };
  writeFileSync(`${reportFile}.new`, JSON.stringify(report));
  renameSync(`${reportFile}.new`, reportFile);
}

write(false);
// Emulated code is about twenty times slower than this machine's own.
const mocha = new Mocha({ timeout: 120_000, reporter: 'spec', forbidOnly: true, color: false });
if (grep !== '') mocha.grep(new RegExp(grep));
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();
const runner = mocha.run(() => {
  write(true);
  process.exit(failures.length > 0 ? 1 : 0);
});
runner.on('pass', () => {
  passed++;
  write(false);
});
runner.on('fail', (test: Mocha.Test, error: Error) => {
  failures.push({ title: test.fullTitle(), message: error.stack ?? String(error) });
  write(false);
});
runner.on('pending', (test: Mocha.Test) => {
  const reason = (test as { skipReason?: string }).skipReason ?? 'no reason given';
  (reason.startsWith(ELSEWHERE) ? elsewhere : skipped).push(`${test.fullTitle()}: ${reason}`);
});
