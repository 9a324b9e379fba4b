import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { RigError } from '../../rig/model/errors.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { EXIT } from '../../rig/model/verdict.ts';
import { childEnded } from '../child.ts';
import { streamRun } from '../fold.ts';
import { casesOf } from '../model.ts';
import { oneLine } from '../text.ts';
import { type Bisection, bisect, type Seen, together } from './bisect.ts';

export interface BisectOptions {
  readonly firmware: string;
  readonly install: string;
  readonly out?: string;
  readonly repeat: string;
  readonly rule: 'any' | 'majority';
  readonly json?: boolean;
}

/** Files larger than this are no lists of firmware. */
const LARGEST = 1024 * 1024;
/** A firmware may take long to install; a command that takes longer hangs. */
const INSTALL_DEADLINE = 60 * 60_000;

/**
 * `posrig bisect --firmware <list> --install <command> -- <what posrig run takes>`: finds the firmware with which what passed
 * begins to fail. Each firmware is installed by the command, which is given its line as `$POSRIG_FIRMWARE`; then the scenarios
 * are run. Exit code 0 when the change was found, 2 when it could not be told exactly, 1 when there is none to find.
 */
export async function bisectVerb(run: readonly string[], options: BisectOptions): Promise<void> {
  const list = await firmwareIn(options.firmware);
  const times = Number(options.repeat);
  if (!(Number.isSafeInteger(times) && times >= 1 && times <= 99))
    throw new RigError(
      'USAGE',
      'file',
      `--repeat takes a whole number from 1 to 99, not "${options.repeat}"`,
    );
  const forbidden = run.find((argument) =>
    /^(?:-o|--out|--firmware|--formats|--campaign)(?:=|$)/.test(argument),
  );
  if (forbidden !== undefined)
    throw new RigError('USAGE', 'file', `${forbidden} is set by bisect itself`, {
      hint: 'posrig bisect --help',
    });
  const folder = resolve(
    options.out ?? `reports/runs/bisect-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`,
  );
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0)
    throw new RigError('USAGE', 'file', `${folder} is not empty`, {
      hint: 'Name another folder with --out: what lies there could be taken for a run of this search.',
    });
  const found = await bisect(list, async (firmware, index) => {
    const seen = await lookAt(firmware, index, { run, times, folder, options });
    process.stderr.write(`${seen.padEnd(7)}  ${firmware}\n`);
    return seen;
  });
  writeFileSync(join(folder, 'bisect.json'), `${JSON.stringify(found, null, 2)}\n`);
  process.stdout.write(
    options.json ? `${JSON.stringify({ folder, ...found }, null, 2)}\n` : inWords(found, folder),
  );
  process.exitCode = found.why !== undefined ? EXIT.failed : found.between.length > 0 ? EXIT.broken : EXIT.ok;
}

/** One firmware a line, oldest first; blank lines and lines that begin with # are left out. Throws FILE_*. */
async function firmwareIn(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new RigError('FILE_UNREADABLE', 'file', `cannot read ${file}: ${cause.message}`, { cause });
  });
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (text.length > LARGEST || lines.length < 2 || new Set(lines).size < lines.length)
    throw new RigError('FILE_INVALID', 'file', `${file} is no list of firmware`, {
      at: file,
      hint: 'One firmware a line, the oldest first, at least two, none twice.',
    });
  return lines;
}

async function lookAt(
  firmware: string,
  index: number,
  {
    run,
    times,
    folder,
    options,
  }: {
    readonly run: readonly string[];
    readonly times: number;
    readonly folder: string;
    readonly options: BisectOptions;
  },
): Promise<Seen> {
  const env = { ...process.env, POSRIG_FIRMWARE: firmware };
  const installed = await childEnded(options.install, [], {
    shell: true,
    stdio: ['ignore', 2, 2],
    timeout: INSTALL_DEADLINE,
    env,
  });
  if (installed !== 0) {
    process.stderr.write(`the installation of ${firmware} failed: exit ${String(installed)}\n`);
    return 'unknown';
  }
  const seen: Seen[] = [];
  for (let time = 1; time <= times; time++) {
    const out = join(folder, `${String(index + 1).padStart(3, '0')}${times > 1 ? `-${time}` : ''}`);
    const args = ['run', ...run, '--firmware', firmware, '--formats', 'junit,html', '--out', out];
    const code = await childEnded(process.execPath, [packaged('dist/rig/cli/main.js'), ...args], {
      stdio: ['ignore', 'ignore', 2],
      env,
    });
    if (code === EXIT.invalid)
      throw new RigError('USAGE', 'file', 'the run could not begin; what posrig run said is above', {
        hint: `Try: posrig run ${run.join(' ')}`,
      });
    seen.push(await seenIn(out, run));
    // One failure decides under this rule: there is nothing to learn from more.
    if (options.rule === 'any' && seen.includes('bad')) break;
  }
  return together(seen, options.rule);
}

/**
 * Bad when anything failed; good when something passed and everything was told; else it is said what was not told. Throws
 * USAGE for a run that had nothing to do: it would be the same with every firmware.
 */
async function seenIn(folder: string, words: readonly string[]): Promise<Seen> {
  const run = await streamRun(folder).catch(() => undefined);
  if (!run) return 'unknown';
  const cases = casesOf(run.scenarios).map(({ decisive }) => decisive);
  if (cases.length === 0 && !run.cut)
    throw new RigError(
      'USAGE',
      'file',
      'no scenario was chosen: there is nothing to tell firmware apart by',
      {
        hint: `Try: posrig run ${words.join(' ')}`,
      },
    );
  if (cases.some(({ verdict }) => verdict === 'failed')) return 'bad';
  const untold = cases.find(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped');
  if (!untold && !run.cut && cases.some(({ verdict }) => verdict === 'passed')) return 'good';
  process.stderr.write(
    untold
      ? `${untold.id} was ${untold.verdict}: ${oneLine(untold.reason ?? 'no reason is recorded', 300)}\n`
      : `${run.cut ? 'the run was cut off' : 'every scenario was skipped'}: ${folder}\n`,
  );
  return 'unknown';
}

function inWords({ looks, lastGood, firstBad, between, why }: Bisection<string>, folder: string): string {
  const lines =
    why !== undefined
      ? [`no answer: ${why}`]
      : [
          `last good  ${lastGood ?? ''}`,
          `first bad  ${firstBad ?? ''}`,
          ...(between.length > 0
            ? [`not told   ${between.join(', ')}: the change may be in any of them`]
            : []),
        ];
  return `${[...lines, `${looks.length} looked at; runs in ${folder}`].join('\n')}\n`;
}
