import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { PACKAGE_ROOT } from '../../../rig/model/package-root.ts';

/**
 * How often every key of a bench was pressed, over its whole life: a file of lines, one for every stretch of presses and
 * one whenever a key was replaced. Lines are only ever added, each in one write, so that neither two processes nor a
 * crash can lose what stood there before.
 */
const Stretch = z.object({
  at: z.iso.datetime(),
  /** Presses by key. */
  presses: z.record(z.string(), z.int().min(1)),
  /** Presses of digits of PINs and card numbers: which keys they were is never written down. */
  secret: z.int().min(0).default(0),
});
const Replacement = z.object({
  at: z.iso.datetime(),
  replaced: z.array(z.string()).min(1),
  by: z.string(),
  note: z.string().default(''),
});
const Line = z.union([Stretch, Replacement]);

export interface KeyWear {
  readonly presses: number;
  readonly last: string;
  /** When it was replaced, if it ever was; presses count from then on. */
  readonly replaced?: string;
}

export interface Wear {
  readonly since: string | undefined;
  readonly keys: ReadonlyMap<string, KeyWear>;
  /** Presses of secret digits, since the beginning or since all digits were replaced. */
  readonly secret: number;
}

export interface BenchIdentity {
  readonly id: string;
  /** Absolute path of the bench file. */
  readonly file: string;
}

/**
 * Where the presses of a bench are counted: beside its bench file, like its leases; for a bench that ships with posrig in
 * the user's own state folder.
 */
export function wearFile({ id, file }: BenchIdentity): string {
  const shipped = file.startsWith(`${PACKAGE_ROOT}/`);
  const state = process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  return shipped
    ? join(state, 'posrig', 'wear', `${id}.jsonl`)
    : join(dirname(file), '.posrig', 'wear', `${id}.jsonl`);
}

/** Everything that was counted; what cannot be read (a line that a crash cut short) is passed over. */
export function readWear(file: string): Wear {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return { since: undefined, keys: new Map(), secret: 0 };
  }
  const keys = new Map<string, KeyWear>();
  let since: string | undefined;
  let secret = 0;
  for (const line of text.split('\n')) {
    const entry = lineOf(line);
    if (!entry) continue;
    since ??= entry.at;
    if ('replaced' in entry) {
      for (const key of entry.replaced) keys.set(key, { presses: 0, last: entry.at, replaced: entry.at });
      if (entry.replaced.filter((key) => /^\d$/.test(key)).length === 10) secret = 0;
      continue;
    }
    secret += entry.secret;
    for (const [key, presses] of Object.entries(entry.presses)) {
      const before = keys.get(key);
      keys.set(key, { ...before, presses: (before?.presses ?? 0) + presses, last: entry.at });
    }
  }
  return { since, keys, secret };
}

function lineOf(line: string): z.infer<typeof Line> | undefined {
  if (line === '') return undefined;
  try {
    return Line.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** Adds a line. Throws what the file system says. */
export function addToWear(file: string, line: z.input<typeof Line>): void {
  mkdirSync(dirname(file), { recursive: true });
  // A newline on both sides: a line that somebody died in must not swallow this one.
  appendFileSync(file, `\n${JSON.stringify(Line.parse(line))}\n`);
}

/**
 * What a key may have been pressed at most to the best of what was written: its own presses, and for a digit its share of
 * the secret ones, taken as even.
 */
export function estimatedPresses(wear: Wear, key: string, digits: readonly string[]): number {
  const own = wear.keys.get(key)?.presses ?? 0;
  return own + (digits.includes(key) ? Math.ceil(wear.secret / digits.length) : 0);
}
