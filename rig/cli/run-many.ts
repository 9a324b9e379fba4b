import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { loadBench } from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import { counted } from '../model/counted.ts';
import { RigError } from '../model/errors.ts';
import { EXIT } from '../model/verdict.ts';
import { chosenScenarios } from './chosen.ts';
import type { House } from './house.ts';
import { knownNames, namesToCheck } from './known.ts';
import { colors } from './output.ts';
import { fitsBy, type Share, shareOut } from './share-out.ts';

export interface ManyOptions {
  readonly bench: readonly string[];
  readonly plan?: string;
  readonly grep?: string;
  readonly by?: 'keypad' | 'till';
  readonly out: string;
  readonly json?: boolean;
}

/** Worst first, as everywhere. */
const WORST: readonly number[] = [
  EXIT.invalid,
  EXIT.damaged,
  EXIT.failed,
  EXIT.broken,
  EXIT.ok,
  EXIT.nothingRan,
];

/**
 * `posrig run` with several benches: a process for each, beside each other, with the scenarios that fall to it. Every run
 * is a run like any other, in a folder named after its bench below `out`. Returns the worst exit code.
 * @param args command line of `run`, from which each process gets what is not about benches
 */
export async function runMany(
  paths: readonly string[],
  args: readonly string[],
  options: ManyOptions,
  house: House,
): Promise<number> {
  const known = knownNames(house);
  const benches = [];
  for (const path of options.bench) benches.push(valueOrThrow(await loadBench(path, known)));
  const ids = benches.map(({ value }) => value.id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined)
    throw new RigError('USAGE', 'file', `bench ${twice} was named twice`, {
      hint: 'Each bench runs once at a time.',
    });

  // What one bench lacks another may have: each run says so of what falls to it.
  const { scenarios } = await chosenScenarios(paths, options, namesToCheck(known, benches));
  const shares = shareOut(scenarios, benches, fitsBy(options.by)).filter((share) => share.ids.length > 0);
  const say = (line: string) => void (options.json ? undefined : process.stdout.write(`${line}\n`));
  for (const { bench, ids: mine } of shares)
    say(`${colors.bold(bench.value.id)}: ${counted(mine.length, 'scenario')}`);

  const children: ChildProcess[] = [];
  // At a terminal Ctrl-C reaches the whole group; a signal to this process alone is handed on. Each run ends itself safely.
  const handOn = (signal: NodeJS.Signals) => {
    for (const child of children) child.kill(signal);
  };
  process.on('SIGTERM', handOn).on('SIGINT', process.stdin.isTTY ? () => {} : handOn);
  const ended = await Promise.all(
    shares.map((share) => {
      const plan =
        paths.length > 0 || options.plan !== undefined ? [] : ['--plan', options.grep ? 'full' : 'smoke'];
      const child = start([...commonArguments(args), ...plan, ...argumentsOf(share, options)]);
      children.push(child);
      return outcomeOf(child, share, options.json === true, say);
    }),
  );
  process.off('SIGTERM', handOn);
  const exitCode = WORST.find((code) => ended.some((one) => one.exitCode === code)) ?? EXIT.broken;
  if (options.json) process.stdout.write(`${JSON.stringify({ exitCode, benches: ended }, null, 2)}\n`);
  else
    for (const { bench, exitCode: code, folder } of ended)
      say(`${colors.bold(bench)}: exit code ${code}, ${folder}`);
  return exitCode;
}

/** Options that are said anew for every bench. */
const OWN = new Map([
  ['--bench', '-b'],
  ['--out', '-o'],
  ['--grep', '-g'],
]);

/** The command line without what is said anew. */
export function commonArguments(args: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    const own = [...OWN].find(
      ([long, short]) => word.startsWith(`${long}=`) || word === long || word.startsWith(short),
    );
    if (!own || (word.startsWith('--') && !word.startsWith(own[0]))) kept.push(word);
    else if (word === own[0] || word === own[1]) at++; // its value is the next word
  }
  return kept;
}

function argumentsOf({ bench, ids }: Share, options: ManyOptions): readonly string[] {
  const exactly = `^(?:${ids.map((id) => id.replace(/[^\w-]/g, '\\$&')).join('|')})$`;
  return ['--bench', bench.file, '--out', join(resolve(options.out), bench.value.id), '--grep', exactly];
}

const start = (args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.resolve('./main.js')), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });

interface Ended {
  readonly bench: string;
  readonly exitCode: number;
  readonly folder: string;
  /** With `--json`: what the run said. */
  readonly run?: unknown;
}

function outcomeOf(
  child: ChildProcess,
  { bench }: Share,
  json: boolean,
  say: (line: string) => void,
): Promise<Ended> {
  const { id } = bench.value;
  let text = '';
  let folder = '';
  const lines = (stream: NodeJS.ReadableStream, each: (line: string) => void) =>
    createInterface({ input: stream }).on('line', each);
  if (child.stdout)
    lines(child.stdout, (line) => {
      if (json) text += `${line}\n`;
      else say(`${colors.dim(`[${id}]`)} ${line}`);
      folder ||= /(\S+)\/journal\.jsonl/.exec(line)?.[1] ?? '';
    });
  if (child.stderr) lines(child.stderr, (line) => void process.stderr.write(`[${id}] ${line}\n`));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const ended = { bench: id, exitCode: code ?? EXIT.broken, folder };
      resolve(json ? { ...ended, ...withRun(text) } : ended);
    });
  });
}

function withRun(text: string): { readonly run?: unknown; readonly folder?: string } {
  try {
    const run = JSON.parse(text) as { readonly folder?: string };
    return { run, ...(run.folder === undefined ? {} : { folder: run.folder }) };
  } catch {
    return {}; // it ended before it could say anything; its exit code tells
  }
}
