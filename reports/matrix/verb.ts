import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { coloured } from '../../rig/model/colors.ts';
import { RigError } from '../../rig/model/errors.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { EXIT } from '../../rig/model/verdict.ts';
import { childEnded } from '../child.ts';
import { streamRun } from '../fold.ts';
import { casesOf, type ScenarioView } from '../model.ts';
import type { Language } from '../words.ts';
import { booksOf, type Column, type Matrix, matrixOf, type Told } from './matrix.ts';
import { renderConsole, renderPage } from './render.ts';

export interface MatrixOptions {
  readonly bench?: readonly string[];
  readonly by: string;
  readonly out?: string;
  readonly html?: string;
  readonly lang: Language;
  readonly json?: boolean;
}

const HANDS = ['keypad', 'till'] as const;

/**
 * `posrig matrix`: scenarios against models and hands, from runs that are there, or from runs that it makes: one for each
 * bench and hand, one after the other. Exit code 1 when anything failed or books differ, 2 when something is not proved.
 */
export async function matrixVerb(words: readonly string[], options: MatrixOptions): Promise<void> {
  const folders = options.bench ? await runAll(options.bench, words, options) : words.flatMap(runsIn);
  if (folders.length === 0)
    throw new RigError('USAGE', 'file', 'there is no run to show', {
      hint: 'Name folders of runs, or benches: posrig matrix --bench posrig:drivers/virtual/bench.yaml …',
    });
  const runs: [Column, readonly Told[]][] = [];
  for (const folder of folders) runs.push(await read(folder));
  // Columns of one model stand side by side.
  const models = [...new Set(runs.map(([{ profile }]) => profile))];
  runs.sort(
    ([a], [b]) =>
      models.indexOf(a.profile) - models.indexOf(b.profile) || HANDS.indexOf(a.by) - HANDS.indexOf(b.by),
  );
  const matrix = matrixOf(runs);
  if (options.html !== undefined) await writeFile(options.html, await renderPage(matrix, options.lang));
  const { stdout } = process;
  if (options.json) stdout.write(`${JSON.stringify(matrix, null, 2)}\n`);
  else {
    const color = coloured(stdout);
    stdout.write(renderConsole(matrix, { lang: options.lang, color, width: stdout.columns ?? 120 }));
    if (options.html !== undefined) stdout.write(`${options.html}\n`);
  }
  process.exitCode = exitCodeOf(matrix);
}

function exitCodeOf({ rows, counts }: Matrix): number {
  const verdicts = rows.flatMap(({ cells }) => cells.flatMap((cell) => cell?.verdict ?? []));
  if (verdicts.includes('invalid')) return EXIT.invalid;
  if (verdicts.includes('failed') || counts.differ > 0) return EXIT.failed;
  if (verdicts.includes('broken') || verdicts.includes('inconclusive')) return EXIT.broken;
  return verdicts.includes('passed') ? EXIT.ok : EXIT.nothingRan;
}

/** A run's folder, or all runs right below one. */
function runsIn(folder: string): readonly string[] {
  if (existsSync(join(folder, 'journal.jsonl')) || !existsSync(folder)) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'journal.jsonl')))
    .map((entry) => join(folder, entry.name))
    .sort();
}

async function read(folder: string): Promise<[Column, readonly Told[]]> {
  const books = new Map<string, readonly string[]>();
  const run = await streamRun(folder, {
    scenario: (scenario: ScenarioView) => {
      if (scenario.books.includes('host'))
        books.set(`${scenario.id} ${scenario.attempt}`, booksOf(scenario.ledger, scenario.settlements));
    },
  });
  if (!run.start)
    throw new RigError('JOURNAL_DAMAGED', 'rig', `the journal in ${folder} does not say what was run`);
  const { profile, bench, by } = run.start;
  const told = casesOf(run.scenarios).map(
    ({ id, decisive }): Told => ({
      id,
      title: decisive.start.title,
      verdict: decisive.verdict,
      ...(decisive.reason === undefined ? {} : { reason: decisive.reason }),
      books: books.get(`${id} ${decisive.attempt}`),
    }),
  );
  return [
    {
      profile: profile.id,
      title: profile.title,
      by: by === 'till' ? 'till' : 'keypad',
      bench: bench.id,
      folder,
    },
    told,
  ];
}

/** Runs everything on every bench by every hand; resolves with the folders. */
async function runAll(
  benches: readonly string[],
  run: readonly string[],
  { by, out }: MatrixOptions,
): Promise<readonly string[]> {
  const hands = by.split(',').map((hand) => hand.trim());
  const wrong = hands.find((hand) => !HANDS.some((known) => known === hand));
  if (wrong !== undefined)
    throw new RigError('USAGE', 'file', `--by takes keypad, till or both, not "${wrong}"`);
  const taken = run.find((word) => /^(?:-o|--out|-b|--bench|--by|--formats)(?:=|$)/.test(word));
  if (taken !== undefined)
    throw new RigError('USAGE', 'file', `${taken} is set by matrix itself`, { hint: 'posrig matrix --help' });
  const above = resolve(out ?? `reports/runs/matrix-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`);
  mkdirSync(above, { recursive: true });
  const folders: string[] = [];
  for (const [i, bench] of benches.entries())
    for (const hand of hands) {
      const folder = join(above, `${i + 1}-${hand}`);
      if (existsSync(folder))
        throw new RigError('USAGE', 'file', `${folder} is there already`, {
          hint: 'Name another folder with --out.',
        });
      process.stderr.write(`${bench} --by ${hand}\n`);
      const args = ['run', ...run, '--bench', bench, '--by', hand, '--formats', 'none', '--out', folder];
      const code = await childEnded(process.execPath, [packaged('dist/rig/cli/main.js'), ...args], {
        stdio: ['ignore', 'ignore', 2],
      });
      if (code === EXIT.invalid || !existsSync(join(folder, 'journal.jsonl')))
        throw new RigError('USAGE', 'file', 'the run could not begin; what posrig run said is above', {
          hint: `Try: posrig run ${run.join(' ')} --bench ${bench} --by ${hand}`,
        });
      folders.push(folder);
    }
  return folders;
}
