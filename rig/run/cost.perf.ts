import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Figure, median, report } from '../house/measure.ts';
import { JOURNAL_FILE, readJournal } from '../journal/index.ts';
import { packaged } from '../model/package-root.ts';
import { type Profile, shares } from './testing/cpu-profile.ts';

/**
 * What the rig itself costs per scenario of the built-in plan, run by the built command, and what it costs that for. Two
 * runs: one for the figures, and one under V8's profiler for the shares alone (the profiler makes everything slower).
 * `beside` is what a scenario may cost. The figures hold for a machine that does nothing else: on a busy one the first counts
 * the others as well, and the processor time grows because they share its caches.
 */
const BUDGET = { name: 'budget', value: 50 };
const command = packaged('dist/rig/cli/main.js');
if (!existsSync(command)) throw new Error('measure what is built: npm run build');
const folder = mkdtempSync(join(tmpdir(), 'posrig-perf-'));

function run(out: string, ...node: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [...node, command, 'run', '--out', out], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`posrig run ended with ${status}: ${stderr}`);
}

const ninetieth = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.9)] ?? 0;

async function costs(out: string): Promise<Figure[]> {
  const found = {
    rigMs: [] as number[],
    rigCpuMs: [] as number[],
    wallMs: [] as number[],
    waitMs: [] as number[],
  };
  let rate = 1;
  for await (const event of readJournal(join(out, JOURNAL_FILE))) {
    if (event.type === 'run.start') rate = event.rate;
    if (event.type !== 'scenario.end' || event.verdict === 'skipped') continue;
    found.rigMs.push(event.rigMs ?? 0);
    found.rigCpuMs.push(event.rigCpuMs ?? 0);
    found.wallMs.push(event.wallMs);
    found.waitMs.push(event.nominalMs / rate - (event.rigMs ?? 0));
  }
  return [
    { name: 'rig at work, median', value: median(found.rigMs), unit: 'ms/scenario', beside: BUDGET },
    { name: 'rig at work, nine of ten', value: ninetieth(found.rigMs), unit: 'ms/scenario' },
    {
      name: 'processor time of its process, median',
      value: median(found.rigCpuMs),
      unit: 'ms/scenario',
      beside: BUDGET,
    },
    { name: 'processor time, nine of ten', value: ninetieth(found.rigCpuMs), unit: 'ms/scenario' },
    { name: 'scenario, wall time, median', value: median(found.wallMs), unit: 'ms' },
    { name: 'of that waiting for the bench, median', value: median(found.waitMs), unit: 'ms' },
  ];
}

try {
  run(join(folder, 'plain'));
  const figures = await costs(join(folder, 'plain'));
  run(join(folder, 'profiled'), '--cpu-prof', `--cpu-prof-dir=${join(folder, 'profiles')}`);
  const [file] = readdirSync(join(folder, 'profiles'));
  const profile = JSON.parse(readFileSync(join(folder, 'profiles', file ?? ''), 'utf8')) as Profile;
  report([
    ...figures,
    ...shares(profile).map(({ what, share }) => ({
      name: `share: ${what}`,
      value: share * 100,
      unit: '%',
    })),
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
