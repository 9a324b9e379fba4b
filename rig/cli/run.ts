import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import stringWidth from 'string-width';
import type { Bench } from '../bench/bench.ts';
import { mustBeIn, noteHealth } from '../bench/health.ts';
import { takeLease } from '../bench/lease.ts';
import { type FileOf, loadBench, loadCards, resolvePath, SHIPPED } from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import { addRun } from '../campaign/collection.ts';
import { loadCampaign } from '../campaign/load.ts';
import { JOURNAL_FILE } from '../journal/index.ts';
import type { Campaign } from '../model/campaign.ts';
import { RigError } from '../model/errors.ts';
import { packaged } from '../model/package-root.ts';
import { EXIT } from '../model/verdict.ts';
import { loadRules } from '../receipts/pack.ts';
import type { LiveView } from '../run/reporting.ts';
import { type RunOutcome, runScenarios } from '../run/run.ts';
import { answersOf, loadStatedProfile, shippedQuestionnaire } from '../scenario/applicability.ts';
import { chosenScenarios, excludedScenarios } from './chosen.ts';
import type { House } from './house.ts';
import { knownNames, namesOnBench } from './known.ts';
import { colors, printError } from './output.ts';
import { runMany } from './run-many.ts';
import { conversation, updateGolden } from './update-golden.ts';

interface RunOptions {
  readonly bench?: string;
  readonly plan?: string;
  readonly campaign?: string;
  readonly retry?: string;
  readonly firmware?: string;
  readonly by?: 'keypad' | 'till';
  readonly seed: string;
  readonly grep?: string;
  readonly bail?: boolean;
  readonly out?: string;
  readonly formats?: string;
  readonly lang: 'en' | 'zh';
  readonly verbose?: boolean;
  readonly health?: boolean;
  readonly updateGolden?: boolean;
  readonly json?: boolean;
}

/** `posrig run`: loads everything, runs, renders, sums up. Returns the exit code. */
export async function run(
  paths: readonly string[],
  raw: Record<string, unknown>,
  house: House,
): Promise<number> {
  const benches = (raw['bench'] ?? []) as readonly string[];
  const options = { ...raw, bench: benches[0] } as unknown as RunOptions;
  if (benches.length > 1) return runTogether(paths, benches, options, house);
  const known = knownNames(house);
  const bench = await benchFor(options, raw, house, known);
  const campaign = options.campaign === undefined ? undefined : valueOrThrow(loadCampaign(options.campaign));
  const { scenarios, plan } = await chosenScenarios(paths, options, namesOnBench(known, bench), campaign);
  if (campaign && scenarios.length === 0) return nothingOutstanding(options);
  const profile = valueOrThrow(loadStatedProfile(bench.value.profile, bench.file));
  const questionnaire = shippedQuestionnaire();
  const rules = loadRules(profile.value.receipt.rules.map((name) => ({ name, from: profile.file })));
  const cards = valueOrThrow(loadCards(resolvePath(bench.value.cards, bench.file))).value.cards;
  const seed = wholeNumber('--seed', options.seed);
  const folder = resolve(options.out ?? `reports/runs/${stamp()}-${randomBytes(2).toString('hex')}`);
  if (existsSync(join(folder, JOURNAL_FILE)))
    throw new RigError('USAGE', 'file', `${folder} holds a run already`, {
      hint: 'Every run needs a folder of its own; name another one with --out.',
    });
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new RigError('USAGE', 'file', `${folder} is no folder`, {
      hint: 'A run is a folder of its own; name another one with --out.',
    });
  const { version } = JSON.parse(readFileSync(packaged('package.json'), 'utf8')) as { version: string };

  // A bench that brings no service has its ports outside, where another process may use them, too.
  const shared = Object.values(bench.value.services).every((use) => use === null);
  if (shared) mustBeIn(bench.file, bench.value.id);
  const lease = shared ? takeLease(bench.file, bench.value.id) : undefined;
  const cancel = cancelOnSignals();
  const out = options.json ? process.stderr : process.stdout;
  const view: LiveView = await house.reports.live({
    lang: options.lang,
    color: colors.isColorSupported,
    interactive: Boolean(out.isTTY) && !options.json,
    verbose: options.verbose ?? false,
    out,
  });
  let outcome: RunOutcome;
  try {
    outcome = await runScenarios({
      bench,
      profile,
      cards,
      scenarios,
      rules,
      drivers: house.drivers.drivers ?? [],
      hand: options.by ?? bench.value.hand,
      seed,
      bail: options.bail ?? false,
      health: options.health !== false,
      ...(questionnaire ? { answers: answersOf(profile.value, questionnaire) } : {}),
      excluded: excludedScenarios(scenarios, plan?.value, profile.value.ics ?? {}),
      retry: options.retry === undefined ? (plan?.value.retry ?? 0) : wholeNumber('--retry', options.retry),
      ...(plan ? { plan: { id: plan.value.id, title: plan.value.title, sha256: plan.sha256 } } : {}),
      ...firmwareOf(options, campaign?.value),
      folder,
      version,
      argv: process.argv.slice(2),
      resolve: (path) => resolvePath(path, bench.file),
      cancel: lease ? AbortSignal.any([cancel.signal, lease.lost]) : cancel.signal,
      ...(options.json ? {} : { listener: view.listener }),
    });
    if (shared && outcome.health) {
      const { passed, why } = outcome.health;
      noteHealth(bench.file, bench.value.id, passed ? undefined : why);
    }
    if (campaign) await addRun(campaign.file, folder, new Date().toISOString());
    await conclude(folder, outcome, options, house, view);
    if (options.updateGolden) await updateGolden(folder, conversation(out));
    if (lease?.lost.aborted) printError(lease.lost.reason);
  } finally {
    view.stop();
    lease?.release();
  }
  cancel.dispose();
  return outcome.exitCode;
}

/** Several benches beside each other. What belongs to one run alone makes no sense there. */
function runTogether(
  paths: readonly string[],
  bench: readonly string[],
  options: RunOptions,
  house: House,
): Promise<number> {
  if (options.campaign !== undefined || options.updateGolden) {
    throw new RigError('USAGE', 'file', '--campaign and --update-golden take one bench', {
      hint: 'Run the benches together first, then `posrig campaign add` their runs.',
    });
  }
  const out = options.out ?? `reports/runs/${stamp()}-${randomBytes(2).toString('hex')}`;
  return runMany(paths, process.argv.slice(2), { ...options, bench, out }, house);
}

/** Renders the reports of a finished run and prints the summary and the paths. */
async function conclude(
  folder: string,
  outcome: RunOutcome,
  options: RunOptions,
  house: House,
  view: LiveView,
): Promise<void> {
  const quiet = options.json ?? false;
  const formats = options.formats
    ?.split(',')
    .map((format) => format.trim())
    .filter(Boolean);
  const rendered =
    options.formats === 'none'
      ? { written: [], notes: [] }
      : await house.reports.render(folder, {
          lang: options.lang,
          ...(formats ? { formats } : {}),
          ...(quiet ? {} : { onProgress: (line: string) => view.rendering(line) }),
        });
  view.stop();
  const written = [
    { path: 'journal.jsonl', title: options.lang === 'zh' ? '日志' : 'Journal' },
    ...rendered.written,
  ];
  if (quiet) {
    process.stdout.write(
      `${JSON.stringify({ folder, ...outcome, written, notes: rendered.notes }, null, 2)}\n`,
    );
    return;
  }
  process.stdout.write('\n');
  process.stdout.write(
    await house.reports.summary(folder, {
      lang: options.lang,
      color: colors.isColorSupported,
      width: process.stdout.columns ?? Number.POSITIVE_INFINITY,
    }),
  );
  const shown = relative(process.cwd(), folder);
  const base = shown.startsWith('..') ? folder : shown;
  const widest = Math.max(...written.map(({ title }) => stringWidth(title)));
  process.stdout.write('\n');
  for (const { path, title } of written)
    process.stdout.write(
      `  ${colors.dim(title + ' '.repeat(widest - stringWidth(title)))}  ${base}/${path}\n`,
    );
  for (const note of rendered.notes) process.stdout.write(`${colors.yellow('note')} ${note}\n`);
  if (outcome.cancelled)
    process.stdout.write(`${colors.yellow('cancelled')}: what had run is in the reports\n`);
}

async function benchFor(
  options: RunOptions,
  raw: Record<string, unknown>,
  house: House,
  known: ReturnType<typeof knownNames>,
): Promise<FileOf<Bench>> {
  const file =
    options.bench === undefined ? packaged(SHIPPED.bench) : resolvePath(options.bench, resolve('bench.yaml'));
  const loaded = valueOrThrow(await loadBench(file, known));
  let bench = loaded.value;
  for (const option of house.drivers.runOptions ?? []) {
    const given = raw[attributeOf(option.flags)];
    if (given !== undefined)
      bench = await option.apply(bench, Array.isArray(given) ? given.map(String) : [String(given)]);
  }
  return { ...loaded, value: bench };
}

/** `--no-go <x>` → `noGo`, as the command line parser names it. */
const attributeOf = (flags: string): string =>
  (/--([a-z-]+)/.exec(flags)?.[1] ?? '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The firmware as the command names it, else as the campaign says that it was tested. */
function firmwareOf(options: RunOptions, campaign: Campaign | undefined): { readonly firmware?: string } {
  const firmware = options.firmware ?? campaign?.item?.firmware ?? undefined;
  return firmware === undefined || firmware === '' ? {} : { firmware };
}

/** A campaign of which everything has been decided: nothing is run, and that is no failure of the terminal. */
function nothingOutstanding(options: RunOptions): number {
  if (options.json) process.stdout.write(`${JSON.stringify({ outstanding: 0, exitCode: EXIT.ok })}\n`);
  else
    process.stdout.write(
      'nothing is outstanding: every scenario of the campaign has been decided (--grep or paths run one again)\n',
    );
  return EXIT.ok;
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RigError('USAGE', 'file', `${name} takes a whole number from 0, not "${text}"`);
}

/** `20261122T041530Z`: sorts by time, safe in every file name. */
const stamp = (): string => new Date().toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');

/** The first Ctrl-C (or SIGTERM) ends the run with teardown and reports; the second one forces the end. */
function cancelOnSignals(): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write(
      '\nending the run: fixtures are made safe and reports written; press Ctrl-C again to force\n',
    );
    controller.abort(new RigError('CANCELLED', 'rig', 'the run was cancelled'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
