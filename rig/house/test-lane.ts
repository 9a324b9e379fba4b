import { resolve } from 'node:path';
import Mocha from 'mocha';
import { PACKAGE_ROOT } from '../model/package-root.ts';
import type { FromLane, Result, TestError, ToLane } from './test-lanes.ts';

/** One lane of `npm test`: runs the test files it is given, one after the other, and tells of each test (test-lanes.ts). */
const say = (message: FromLane): void => void process.send?.(message);

/** What an assertion compared, as text: mocha's own reporter makes it so before it tells of the failure. */
function errorOf(thrown: Error & Partial<TestError>): TestError {
  const { actual, expected, showDiff } = thrown;
  return {
    message: thrown.message,
    stack: thrown.stack ?? '',
    ...(typeof actual === 'string' && typeof expected === 'string' ? { actual, expected } : {}),
    ...(showDiff === undefined ? {} : { showDiff }),
  };
}

async function run(file: string): Promise<void> {
  const mocha = new Mocha({ timeout: 60_000, reporter: Mocha.reporters.Base, forbidOnly: true });
  mocha.addFile(resolve(PACKAGE_ROOT, file));
  let last = performance.now();
  const ended = (title: readonly string[], result: Result) => {
    const now = performance.now();
    say({ ended: { file, title, ms: now - last, ...result } });
    last = now;
  };
  try {
    await mocha.loadFilesAsync();
    await new Promise<void>((done) => {
      mocha
        .run(() => done())
        .on('pass', (test) => ended(test.titlePath(), { result: 'passed' }))
        .on('fail', (test, error) => ended(test.titlePath(), { result: 'failed', error: errorOf(error) }))
        .on('pending', (test: Mocha.Test & { skipReason?: string }) =>
          ended(test.titlePath(), { result: 'skipped', reason: test.skipReason ?? 'no reason given' }),
        );
    });
    // It would listen for what goes wrong in this process for ever, and take the next file's troubles for its own.
    mocha.dispose();
  } catch (thrown) {
    const error = errorOf(thrown instanceof Error ? thrown : new Error(String(thrown)));
    ended([`${file} cannot be loaded`], { result: 'failed', error });
  }
}

process.on('message', ({ file }: ToLane) => void run(file).then(() => say({ idle: true })));
// Whatever a test left open must not keep the process: the results are told, and the lane has been let go.
process.on('disconnect', () => process.exit());
say({ idle: true });
