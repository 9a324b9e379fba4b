import { resolve } from 'node:path';
import { benchHealth } from '../bench/health.ts';
import {
  type BenchUse,
  benchUse,
  currentOwner,
  releaseBench,
  reserve as reserveBench,
} from '../bench/lease.ts';
import { loadBench } from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import { RigError } from '../model/errors.ts';
import { formatDuration, parseDuration } from '../model/time.ts';
import { EXIT } from '../model/verdict.ts';
import type { House } from './house.ts';
import { knownNames } from './known.ts';
import { colors } from './output.ts';

interface Options {
  readonly json?: boolean;
  readonly owner?: string;
}

const WEEK_MS = 7 * 24 * 3_600_000;

async function benchAt(path: string, house: House): Promise<{ readonly file: string; readonly id: string }> {
  const { value } = valueOrThrow(await loadBench(path, knownNames(house)));
  return { file: resolve(path), id: value.id };
}

const say = (options: Options, value: unknown, text: string): number => {
  process.stdout.write(options.json ? `${JSON.stringify(value, null, 2)}\n` : `${text}\n`);
  return EXIT.ok;
};

function inWords(id: string, { lease, reservation }: BenchUse): string {
  const lines: string[] = [];
  if (lease) {
    lines.push(`in use by ${lease.owner}: process ${lease.pid} on ${lease.host}, since ${lease.since}`);
  }
  if (reservation) {
    const left = formatDuration(Date.parse(reservation.until) - Date.now());
    const note = reservation.note === '' ? '' : ` (${reservation.note})`;
    lines.push(`reserved by ${reservation.owner} for ${left} more, until ${reservation.until}${note}`);
  }
  return `${colors.bold(id)}: ${lines.length === 0 ? colors.green('free') : colors.yellow(lines.join('; '))}`;
}

/** `posrig bench status`: who uses the benches, and which are out. Returns the exit code. */
export async function status(paths: readonly string[], options: Options, house: House): Promise<number> {
  const found: object[] = [];
  const lines: string[] = [];
  for (const path of paths) {
    const { file, id } = await benchAt(path, house);
    const use = benchUse(file, id);
    const { out } = benchHealth(file, id);
    found.push({ bench: id, file, free: !use.lease && !use.reservation, ...use, ...(out ? { out } : {}) });
    lines.push(inWords(id, use) + (out ? `; ${colors.red(`out since ${out.since}`)}: ${out.why}` : ''));
  }
  return say(options, found, lines.join('\n'));
}

/** `posrig bench reserve`. */
export async function reserve(
  path: string,
  options: Options & { readonly for: string; readonly note?: string },
  house: House,
): Promise<number> {
  const ms = parseDuration(options.for);
  if (ms === undefined || ms <= 0 || ms > WEEK_MS) {
    throw new RigError('USAGE', 'file', `--for "${options.for}" is not a duration of at most a week`, {
      hint: 'Write e.g. --for "2 h" or --for 30min.',
    });
  }
  const { file, id } = await benchAt(path, house);
  const owner = options.owner ?? currentOwner();
  const made = reserveBench(file, id, { owner, ms, note: options.note ?? '' });
  return say(options, { bench: id, ...made }, inWords(id, { reservation: made }));
}

/** `posrig bench release`. */
export async function release(
  path: string,
  options: Options & { readonly force?: boolean },
  house: House,
): Promise<number> {
  const { file, id } = await benchAt(path, house);
  const ended = releaseBench(file, id, options.owner ?? currentOwner(), options.force ?? false);
  const was = [ended.reservation ? 'the reservation' : '', ended.lease ? 'the lease of a run' : ''].filter(
    Boolean,
  );
  const text = was.length === 0 ? `${id}: was free` : `${id}: ${was.join(' and ')} ended`;
  return say(options, { bench: id, ended }, text);
}
