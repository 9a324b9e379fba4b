import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { RigError } from '../model/errors.ts';

/**
 * Whether a bench may be used, kept from run to run in `.posrig/health` beside its bench file. A bench whose fixtures
 * failed their self-test twice in a row is out until a person returns it: the next run would only break, and a finger that
 * is somewhere else than it believes breaks more than a run. Times are wall time.
 */
const OUT_AFTER = 2;

const Time = z.iso.datetime();
const Health = z.strictObject({
  /** Failed self-tests since the last that passed. */
  failures: z.int().min(0),
  last: z.strictObject({ at: Time, passed: z.boolean(), why: z.string() }).optional(),
  out: z.strictObject({ since: Time, why: z.string() }).optional(),
  returned: z.strictObject({ at: Time, by: z.string(), note: z.string() }).optional(),
});
export type Health = z.infer<typeof Health>;

const SOUND: Health = { failures: 0 };

/** What is known of a bench's health; a bench that was never tested is sound. */
export function benchHealth(benchFile: string, id: string): Health {
  try {
    return Health.parse(JSON.parse(readFileSync(fileOf(benchFile, id), 'utf8')));
  } catch {
    return SOUND;
  }
}

/** @throws RigError BENCH_OUT when the bench is out */
export function mustBeIn(benchFile: string, id: string): void {
  const { out } = benchHealth(benchFile, id);
  if (!out) return;
  throw new RigError('BENCH_OUT', 'bench', `bench ${id} is out since ${out.since}: ${out.why}`, {
    hint: 'Mend it, then say so: posrig health --bench <file> --return --note "what was done".',
  });
}

/** Keeps the result of a self-test. @param failure why it failed; undefined when it passed */
export function noteHealth(
  benchFile: string,
  id: string,
  failure: string | undefined,
  now = new Date(),
): Health {
  const before = benchHealth(benchFile, id);
  const at = now.toISOString();
  const failures = failure === undefined ? 0 : before.failures + 1;
  const out = before.out ?? (failures >= OUT_AFTER ? { since: at, why: failure ?? '' } : undefined);
  const after: Health = {
    ...before,
    failures,
    last: { at, passed: failure === undefined, why: failure ?? '' },
    ...(out ? { out } : {}),
  };
  write(benchFile, id, after);
  return after;
}

/** A person says that the bench is in order again. */
export function returnBench(
  benchFile: string,
  id: string,
  by: string,
  note: string,
  now = new Date(),
): Health {
  const { last } = benchHealth(benchFile, id);
  const after: Health = {
    failures: 0,
    ...(last ? { last } : {}),
    returned: { at: now.toISOString(), by, note },
  };
  write(benchFile, id, after);
  return after;
}

const fileOf = (benchFile: string, id: string): string =>
  join(dirname(benchFile), '.posrig', 'health', `${id}.json`);

/** Whole or not at all: nobody ever reads half a file. */
function write(benchFile: string, id: string, health: Health): void {
  const file = fileOf(benchFile, id);
  const fresh = `${file}.${process.pid}.new`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(fresh, `${JSON.stringify(health, null, 2)}\n`);
    renameSync(fresh, file);
  } catch (cause) {
    rmSync(fresh, { force: true });
    throw new RigError('FILE_UNREADABLE', 'bench', `the health of bench ${id} cannot be kept in ${file}`, {
      cause,
      hint: 'Whoever uses the bench must be able to write beside its bench file.',
    });
  }
}
