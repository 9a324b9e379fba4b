import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { PACKAGE_ROOT } from '../model/package-root.ts';
import type { FuzzTask } from './fuzz-task.ts';
import { sourcesNamed } from './sources.ts';

/**
 * `npm run fuzz [-- --count 10000000 --seed 7 pattern …]`: every `*.fuzz.ts` of the house, each in a process of its own,
 * watched: one that says nothing for a while hangs. A fuzzer exports `fuzz({ count, seed, progress })`, which throws at
 * the first thing that is wrong; count and seed reproduce it.
 */
type Fuzz = (task: FuzzTask) => Promise<unknown>;

/** What a fuzzer's process tells the one that watches it. */
type Told = { readonly done: number } | { readonly result: unknown } | { readonly failure: string };

interface Options {
  readonly count: number;
  readonly seed: number;
  readonly silence: number;
  readonly one?: string;
}

const whole = (text: string): number => {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
};

async function runOne({ one = '', count, seed }: Options): Promise<void> {
  const tell = (told: Told) => new Promise<void>((resolve) => process.send?.(told, () => resolve()));
  try {
    const { fuzz } = (await import(pathToFileURL(resolve(PACKAGE_ROOT, one)).href)) as { fuzz: Fuzz };
    await tell({ result: await fuzz({ count, seed, progress: (done) => void tell({ done }) }) });
  } catch (thrown) {
    await tell({ failure: thrown instanceof Error ? thrown.message : String(thrown) });
  }
  process.disconnect();
}

/** Runs one fuzzer and says in one line what came of it; false when something is wrong. */
async function watched(file: string, { count, seed, silence }: Options): Promise<boolean> {
  const started = performance.now();
  const child = fork(
    join(PACKAGE_ROOT, 'rig/house/fuzz.ts'),
    ['--one', file, '--count', `${count}`, '--seed', `${seed}`],
    {
      execArgv: ['--import', 'tsx'],
    },
  );
  let done = 0;
  let outcome = '';
  let fine = false;
  const silent = () => {
    outcome = `hangs: nothing was heard for ${silence} s after ${done} of ${count}, seed ${seed}`;
    child.kill('SIGKILL');
  };
  // A wall-clock watchdog over a process of ours: no device and no nominal clock is involved.
  let watchdog = setTimeout(silent, silence * 1000);
  child.on('message', (told: Told) => {
    clearTimeout(watchdog);
    watchdog = setTimeout(silent, silence * 1000);
    if ('done' in told) {
      done = told.done;
      if (process.stderr.isTTY) process.stderr.write(`\r${file}: ${done} of ${count} `);
    } else if ('result' in told) {
      fine = true;
      outcome = JSON.stringify(told.result);
    } else {
      outcome = told.failure;
    }
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearTimeout(watchdog);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const end = outcome || `died after ${done} of ${count}, seed ${seed}: exit code ${code}, signal ${signal}`;
  process.stdout.write(
    `${process.stderr.isTTY ? '\r' : ''}${file}: ${fine ? 'ok' : 'FAILED'} in ${seconds} s, seed ${seed}: ${end}\n`,
  );
  return fine;
}

const program = new Command('fuzz')
  .argument(
    '[patterns...]',
    'only fuzzers whose path contains one of these, or fuzzers of your own by their path',
  )
  .option('--count <frames>', 'inputs for each fuzzer', whole, 10_000_000)
  .option('--seed <number>', 'seed; the same one gives the same inputs', whole, 1)
  .option('--silence <seconds>', 'longest time without progress', whole, 120)
  .option('--one <file>', 'run this fuzzer here and report to the parent process')
  .action(async (patterns: string[], options: Options) => {
    if (options.one !== undefined) return runOne(options);
    const own = patterns.filter((pattern) => existsSync(pattern));
    const rest = patterns.filter((pattern) => !own.includes(pattern));
    const files = own.length > 0 && rest.length === 0 ? own : [...own, ...sourcesNamed('.fuzz.ts', rest)];
    let fine = files.length > 0;
    for (const file of files) fine = (await watched(file, options)) && fine;
    process.exitCode = fine ? 0 : 1;
  });
await program.parseAsync();
