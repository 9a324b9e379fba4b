import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Figure, report } from '../rig/house/measure.ts';
import { TestCard } from '../rig/model/card.ts';
import { PACKAGE_ROOT } from '../rig/model/package-root.ts';
import { AllureResults } from './allure/results.ts';
import { streamRun } from './fold.ts';
import { scaleRun } from './testing/scale.ts';
import { findJava } from './tools.ts';

/**
 * The HTML report beside `allure generate`, of the same runs: `node --import tsx reports/report.perf.ts [cases …]`, by default
 * 100, 1,000 and 5,000; `1000x5` writes scenarios that are five times as long (about 2 million events). The runs are made
 * from a real one on the virtual bench by repeating its scenarios. Time is that of the whole process, memory its peak.
 * Needs `npm run build`, and Java for the peer. 5,000 cases take several minutes and 2 GB of disk.
 */
const CLI = join(PACKAGE_ROOT, 'dist/rig/cli/main.js');
const wanted = process.argv.slice(2);
const sizes = (wanted.length > 0 ? wanted : ['100', '1000', '5000', '1000x5']).map((text) => {
  const [cases = 100, density = 1] = text.split('x').map(Number);
  return { cases, density };
});
const folder = mkdtempSync(join(tmpdir(), 'posrig-report-perf-'));
const cards = Array.from({ length: 20 }, (_, i) =>
  TestCard.parse({
    id: `card-${i}`,
    title: { en: 'card', zh: '卡' },
    scheme: 'CUP',
    pan: `62516408${String(12345670 + i * 37)}`,
    expiry: '3012',
    pin: String(401234 + i * 7),
    entry: ['chip'],
  }),
);

interface Cost {
  readonly seconds: number;
  /** Processor time of all its threads: what a busy machine does not change. */
  readonly cpuSeconds: number;
  /** Peak of resident memory. */
  readonly megabytes: number;
}

/** Runs a program to its end and watches its memory; throws when it fails. */
async function cost(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Cost> {
  const from = process.hrtime.bigint();
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });
  let peak = 0;
  let ticks = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, peakOf(child));
    ticks = Math.max(ticks, ticksOf(child));
  }, 50);
  const code = await new Promise((ended) => child.on('close', ended));
  clearInterval(look);
  if (code !== 0 && !(code === 2 && args.includes('run')))
    throw new Error(`${program} ${args.join(' ')} failed: ${String(code)}`);
  return {
    seconds: Number(process.hrtime.bigint() - from) / 1e9,
    cpuSeconds: ticks / 100,
    megabytes: peak / 1024,
  };
}

/** The kernel keeps the peak itself: looking now and then misses nothing but what happens in the last moment. */
function peakOf({ pid }: ChildProcess): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Time in user and system mode, in hundredths of a second (USER_HZ of every Linux). */
function ticksOf({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}

const figures: Figure[] = [];
try {
  if (!existsSync(CLI)) throw new Error('npm run build first');
  const java = await findJava();
  const source = join(folder, 'source');
  process.stdout.write('a real run on the virtual bench …\n');
  await cost(process.execPath, [CLI, 'run', 'scenarios/dropout', '--formats', 'none', '--out', source]);
  for (const { cases, density } of sizes) {
    const run = join(folder, `run-${cases}-${density}`);
    const events = await scaleRun(source, run, { cases, density, cards });
    const name = `${cases} cases, ${events.toLocaleString('en')} events`;
    process.stdout.write(`${name} …\n`);
    const own = await cost(process.execPath, [CLI, 'report', run, '--format', 'html']);
    const peer = java && density === 1 ? await allure(run, java.path) : undefined;
    const beside = (value: number) => (peer ? { beside: { name: 'allure generate', value }, atMost: 1 } : {});
    figures.push(
      { name: `${name}: time`, value: own.seconds, unit: 's', ...beside(peer?.seconds ?? 0) },
      { name: `${name}: processor`, value: own.cpuSeconds, unit: 's', ...beside(peer?.cpuSeconds ?? 0) },
      { name: `${name}: memory`, value: own.megabytes, unit: 'MB', ...beside(peer?.megabytes ?? 0) },
    );
    rmSync(run, { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true });
}
report(figures);

/** `allure generate` alone: writing its results is not counted. */
async function allure(run: string, java: string): Promise<Cost> {
  const results = new AllureResults(join(run, 'allure-results'), 'en');
  results.finish(await streamRun(run, { scenario: (scenario, view) => results.add(scenario, view) }));
  const bin = join(dirname(createRequire(import.meta.url).resolve('allure-commandline')), 'dist/bin/allure');
  const args = [bin, 'generate', '--clean', '-o', join(run, 'allure-report'), join(run, 'allure-results')];
  return cost('/bin/sh', args, {
    PATH: `${dirname(java)}:/usr/bin:/bin`,
    JAVA_HOME: '',
    ALLURE_NO_ANALYTICS: 'true',
    JAVA_OPTS: '-Xmx2g',
  });
}
