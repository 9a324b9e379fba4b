import { currentOwner } from '../../../rig/bench/lease.ts';
import { colors } from '../../../rig/model/colors.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { EXIT } from '../../../rig/model/verdict.ts';
import { knownBench } from '../bench/part.ts';
import { digitKeys, fileFor, totalOf, WearOption } from './counted.ts';
import { addToWear, estimatedPresses, readWear } from './log.ts';

/** Options of `posrig keypad wear` as the command line gives them. */
export interface WearOptions {
  readonly bench?: string;
  readonly replaced?: string;
  readonly by?: string;
  readonly note?: string;
  readonly json?: boolean;
}

/** `posrig keypad wear`: how often every key was pressed, and which were replaced. Returns the exit code. */
export async function wearVerb(options: WearOptions): Promise<number> {
  const { bench, context, keypad } = await knownBench(options.bench, new AbortController().signal, () => {});
  const { profile } = context;
  const parsed = WearOption.safeParse(keypad['wear']);
  if (!parsed.success) {
    throw new RigError('FILE_INVALID', 'file', `planes.keypad.wear: ${parsed.error.issues[0]?.message}`);
  }
  const { data: option } = parsed;
  const file = fileFor(option, context);
  if (file === undefined) throw new RigError('RIG_DEFECT', 'rig', 'a bench file without a place');
  const names = Object.keys(profile.keypad.keys);
  if (options.replaced !== undefined) {
    const replaced =
      options.replaced === 'all' ? names : options.replaced.split(',').map((key) => key.trim());
    const unknown = replaced.find((key) => !names.includes(key));
    if (unknown !== undefined) {
      throw new RigError('USAGE', 'file', `--replaced: the profile has no key "${unknown}"`, {
        hint: `Keys: all, ${names.join(', ')}.`,
      });
    }
    const by = options.by ?? currentOwner();
    addToWear(file, { at: new Date().toISOString(), replaced, by, note: options.note ?? '' });
  }
  const wear = readWear(file);
  const digits = digitKeys(profile);
  const limit = option?.limit;
  const keys = names
    .map((key) => {
      const estimate = estimatedPresses(wear, key, digits);
      const { presses = 0, last, replaced } = wear.keys.get(key) ?? {};
      return {
        key,
        presses,
        estimate,
        ...(last === undefined ? {} : { last }),
        ...(replaced === undefined ? {} : { replaced }),
        worn: limit !== undefined && estimate >= limit,
      };
    })
    .sort((a, b) => b.estimate - a.estimate);
  const summary = {
    bench: bench.value.id,
    file,
    since: wear.since ?? null,
    presses: totalOf(wear),
    secret: wear.secret,
    limit: limit ?? null,
    keys,
  };
  process.stdout.write(options.json ? `${JSON.stringify(summary, null, 2)}\n` : inWords(summary));
  return EXIT.ok;
}

interface Summary {
  readonly bench: string;
  readonly file: string;
  readonly since: string | null;
  readonly presses: number;
  readonly secret: number;
  readonly limit: number | null;
  readonly keys: readonly {
    readonly key: string;
    readonly presses: number;
    readonly estimate: number;
    readonly last?: string;
    readonly replaced?: string;
    readonly worn: boolean;
  }[];
}

function inWords({ bench, since, presses, secret, limit, keys, file }: Summary): string {
  if (since === null) return `${colors.bold(bench)}: no press was counted yet (${file})\n`;
  const width = Math.max(...keys.map(({ key }) => key.length));
  const rows = keys.map(({ key, estimate, last, replaced, worn }) => {
    const share = limit === null ? '' : ` ${String(Math.floor((100 * estimate) / limit)).padStart(4)} %`;
    const notes = [last && `last ${day(last)}`, replaced && `replaced ${day(replaced)}`, worn && 'WORN'];
    const line = `  ${key.padEnd(width)} ${String(estimate).padStart(9)}${share}  ${notes.filter(Boolean).join(', ')}`;
    return worn ? colors.red(line.trimEnd()) : line.trimEnd();
  });
  const even = secret === 0 ? '' : `, ${secret} of them secret digits (spread evenly over the digit keys)`;
  return `${colors.bold(bench)}: ${presses} presses since ${day(since)}${even}; ${limit === null ? 'no limit is set' : `limit ${limit} a key`}\n${rows.join('\n')}\n`;
}

const day = (time: string) => time.slice(0, 10);
