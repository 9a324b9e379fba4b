import type { Bench } from '../bench/bench.ts';
import { type Health, noteHealth, returnBench } from '../bench/health.ts';
import { currentOwner, takeLease } from '../bench/lease.ts';
import { type FileOf, loadBench, loadCards, loadProfile, resolvePath, SHIPPED } from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import { benchRef } from '../bench/names.ts';
import { openBench } from '../bench/open.ts';
import type { DriverContext } from '../bench/planes.ts';
import { type FixtureTest, healthFailure, testFixtures } from '../bench/self-test.ts';
import { RigError, toRigError } from '../model/errors.ts';
import type { Recorder } from '../model/event.ts';
import { packaged } from '../model/package-root.ts';
import { makeClock } from '../model/time.ts';
import { EXIT } from '../model/verdict.ts';
import type { House } from './house.ts';
import { knownNames } from './known.ts';
import { colors } from './output.ts';

export interface HealthOptions {
  readonly bench?: string;
  readonly return?: boolean;
  readonly note: string;
  readonly owner?: string;
  readonly json?: boolean;
}

/** Looking after fixtures is no run: nothing is journalled. */
const NOWHERE: Recorder = {
  record: () => {},
  attach: (name, mime) => ({ id: name, path: '', mime, bytes: 0, sha256: '' }),
};

/** `posrig health`: tests the fixtures of a bench, or returns it. Returns the exit code. */
export async function health(options: HealthOptions, house: House): Promise<number> {
  const bench = valueOrThrow(await loadBench(options.bench ?? packaged(SHIPPED.bench), knownNames(house)));
  const { id } = bench.value;
  // A bench that brings its own services is made anew each time: there is nothing to remember.
  const kept = Object.values(bench.value.services).every((use) => use === null);
  if (options.return) {
    if (!kept)
      throw new RigError('BENCH_OPTION', 'file', `bench ${id} is made anew for each run: it is never out`);
    const state = returnBench(bench.file, id, options.owner ?? currentOwner(), options.note);
    say(options, { bench: id, ...state }, `${id}: returned, in order again`);
    return EXIT.ok;
  }
  const lease = kept ? takeLease(bench.file, id) : undefined;
  let results: readonly FixtureTest[] = [];
  let failure: RigError | undefined;
  try {
    results = await testBench(bench, house);
    failure = healthFailure(results);
  } catch (thrown) {
    failure = toRigError(thrown);
    if (failure.blame === 'file') throw failure; // the bench file is wrong; the bench may be sound
  } finally {
    lease?.release();
  }
  const state = kept ? noteHealth(bench.file, id, failure?.message) : undefined;
  report(options, id, results, failure, state);
  return failure || state?.out ? EXIT.broken : EXIT.ok;
}

/** Every fixture of the bench, those first that cannot be opened at all: one that is dead keeps no other from its test. */
async function testBench(bench: FileOf<Bench>, house: House): Promise<readonly FixtureTest[]> {
  const profile = valueOrThrow(loadProfile(bench.value.profile, bench.file));
  const cards = valueOrThrow(loadCards(resolvePath(bench.value.cards, bench.file)));
  const cancel = new AbortController();
  const stop = () => cancel.abort(new RigError('CANCELLED', 'rig', 'the self-test was cancelled'));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const dead: FixtureTest[] = [];
  const context: DriverContext = {
    clock: makeClock(bench.value.clock.rate),
    recorder: NOWHERE,
    profile: profile.value,
    cards: cards.value.cards,
    seed: 1,
    bench: benchRef(bench),
    resolve: (path) => resolvePath(path, bench.file),
    signal: cancel.signal,
    lost: () => {},
  };
  const open = await openBench(
    bench.value,
    house.drivers.drivers ?? [],
    context,
    ({ plane, driver, error }) => dead.push({ plane, driver, passed: false, found: error.message, error }),
  );
  try {
    return [...dead, ...(await testFixtures(open))];
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await open.close();
  }
}

function report(
  options: HealthOptions,
  id: string,
  results: readonly FixtureTest[],
  failure: RigError | undefined,
  state: Health | undefined,
): void {
  const lines = results.map(
    ({ plane, driver, passed, found }) =>
      `${passed ? colors.green('ok    ') : colors.red('failed')}  ${plane} (${driver}): ${found}`,
  );
  if (failure && results.every(({ passed }) => passed))
    lines.push(`${colors.red('failed')}  ${failure.message}`);
  if (failure?.hint) lines.push(`        ${failure.hint}`);
  if (state?.out) {
    lines.push(`${id} is ${colors.red('out')}: ${state.out.why}`);
    lines.push('Mend it, then say so: posrig health --bench <file> --return --note "what was done".');
  } else if (failure) lines.push(state ? `${id}: once more and it is out` : `${id}: not in order`);
  else lines.push(`${id}: in order`);
  const fixtures = results.map(({ plane, driver, passed, found }) => ({ plane, driver, passed, found }));
  const why = failure ? { why: failure.message, ...(failure.hint ? { hint: failure.hint } : {}) } : {};
  say(
    options,
    { bench: id, passed: !failure, ...why, fixtures, ...(state ? { state } : {}) },
    lines.join('\n'),
  );
}

function say(options: HealthOptions, value: unknown, text: string): void {
  process.stdout.write(options.json ? `${JSON.stringify(value, null, 2)}\n` : `${text}\n`);
}
