import { conformance } from '../bench/conformance.ts';
import { takeLease } from '../bench/lease.ts';
import { loadBench, loadCards, loadProfile, resolvePath } from '../bench/load.ts';
import { valueOrThrow } from '../bench/load-issue.ts';
import { benchRef } from '../bench/names.ts';
import { driverFor } from '../bench/open.ts';
import { RigError } from '../model/errors.ts';
import { PLANES, type PlaneName } from '../model/event.ts';
import { makeClock } from '../model/time.ts';
import { EXIT } from '../model/verdict.ts';
import type { House } from './house.ts';
import { knownNames } from './known.ts';
import { colors } from './output.ts';

export interface ConformOptions {
  readonly bench: string;
  readonly plane: string;
  readonly json?: boolean;
}

/** `posrig bench conform`: the conformance kit on the driver of one plane of a bench. Returns the exit code. */
export async function benchConform(options: ConformOptions, house: House): Promise<number> {
  const known = knownNames(house);
  const bench = valueOrThrow(await loadBench(options.bench, known));
  const plane = planeNamed(options.plane);
  const use = bench.value.planes[plane];
  if (!use) {
    throw new RigError('PLANE_MISSING', 'file', `bench ${bench.value.id} has no ${plane} plane`, {
      hint: `It has: ${Object.keys(bench.value.planes).join(', ')}.`,
    });
  }
  const { driver, ...given } = use;
  if (JSON.stringify(given).includes('${')) {
    throw new RigError(
      'BENCH_OPTION',
      'file',
      `plane ${plane} needs what other parts of the bench find first`,
      {
        hint: 'Write its options out: the kit opens this one driver alone.',
      },
    );
  }
  const entry = await driverFor(house.drivers.drivers ?? [], plane, driver, bench.file);
  const module = await entry.load();
  const lease = takeLease(bench.file, bench.value.id);
  const cancel = new AbortController();
  const stop = () => cancel.abort(new RigError('CANCELLED', 'rig', 'the kit was cancelled'));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  let results: Awaited<ReturnType<typeof conformance>>;
  try {
    results = await conformance(plane, module, given, {
      clock: makeClock(bench.value.clock.rate),
      recorder: {
        record: () => {},
        attach: (name, mime) => ({ id: name, path: '', mime, bytes: 0, sha256: '' }),
      },
      profile: valueOrThrow(loadProfile(bench.value.profile, bench.file)).value,
      cards: valueOrThrow(loadCards(resolvePath(bench.value.cards, bench.file))).value.cards,
      seed: 1,
      bench: benchRef(bench),
      resolve: (path) => resolvePath(path, bench.file),
      signal: cancel.signal,
      lost: () => {},
    });
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    lease.release();
  }
  const failed = results.filter(({ passed }) => !passed).length;
  if (options.json) process.stdout.write(`${JSON.stringify({ plane, driver, failed, results }, null, 2)}\n`);
  else {
    for (const { title, passed, why } of results)
      process.stdout.write(
        `${passed ? colors.green('ok    ') : colors.red('failed')}  ${title}${why && `: ${why}`}\n`,
      );
    process.stdout.write(
      `${driver} (${plane}): ${failed === 0 ? 'conforms' : `${failed} of ${results.length} fail`}\n`,
    );
  }
  return failed === 0 ? EXIT.ok : EXIT.failed;
}

function planeNamed(name: string): PlaneName {
  const plane = PLANES.find((each) => each === name);
  if (plane) return plane;
  throw new RigError('USAGE', 'file', `there is no plane "${name}"`, {
    hint: `There is: ${PLANES.join(', ')}.`,
  });
}
