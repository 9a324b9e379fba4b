import type { Bench, DriverUse } from '../../../rig/bench/bench.ts';
import { takeLease } from '../../../rig/bench/lease.ts';
import {
  type FileOf,
  loadBench,
  loadCards,
  loadProfile,
  resolvePath,
  SHIPPED,
} from '../../../rig/bench/load.ts';
import { valueOrThrow } from '../../../rig/bench/load-issue.ts';
import type { DriverEntry } from '../../../rig/bench/manifest.ts';
import { benchRef } from '../../../rig/bench/names.ts';
import { type OpenBench, openBench, substitute } from '../../../rig/bench/open.ts';
import type { DriverContext } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import type { PlaneName, Recorder } from '../../../rig/model/event.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { makeClock } from '../../../rig/model/time.ts';

/** A bench file with its profile, before anything of it is open. */
export interface KnownBench {
  readonly bench: FileOf<Bench>;
  readonly context: DriverContext;
  /** What the bench file says of the keypad. */
  readonly keypad: DriverUse;
}

/** Part of a bench that is open, and leased when other processes can reach its ports. */
export interface OpenPart {
  readonly open: OpenBench;
  /** `${…}` of the bench file, filled in by what was opened. */
  fill(use: DriverUse): Readonly<Record<string, unknown>>;
  close(): Promise<readonly RigError[]>;
}

/** Looking after a fixture is no run: nothing is journalled. */
const NOWHERE: Recorder = {
  record: () => {},
  attach: (name, mime) => ({ id: name, path: '', mime, bytes: 0, sha256: '' }),
};

/**
 * Reads a bench file for looking after its keypad. The options of its drivers are checked when they are opened: a keypad
 * that has not been taught yet must not stand in the way of teaching it. Errors: FILE_…, PLANE_MISSING.
 * @param path the built-in virtual bench unless given @param lost a part of the bench died by itself
 */
export async function knownBench(
  path: string | undefined,
  signal: AbortSignal,
  lost: (error: Error) => void,
): Promise<KnownBench> {
  const bench = valueOrThrow(await loadBench(path ?? packaged(SHIPPED.bench)));
  const profile = valueOrThrow(loadProfile(bench.value.profile, bench.file));
  const cards = valueOrThrow(loadCards(resolvePath(bench.value.cards, bench.file)));
  const keypad = bench.value.planes.keypad;
  if (!keypad) {
    throw new RigError('PLANE_MISSING', 'file', `bench ${bench.value.id} has no keypad`, {
      hint: 'A keypad stands in the bench file as `planes.keypad`.',
    });
  }
  const context: DriverContext = {
    clock: makeClock(bench.value.clock.rate),
    recorder: NOWHERE,
    profile: profile.value,
    cards: cards.value.cards,
    seed: 1,
    bench: benchRef(bench),
    resolve: (file) => resolvePath(file, bench.file),
    signal,
    lost,
  };
  return { bench, context, keypad };
}

/** Opens the services of a bench and some of its planes; whatever of them it lacks is missing. */
export async function openPart(
  { bench, context }: KnownBench,
  planes: readonly PlaneName[],
  drivers: readonly DriverEntry[],
): Promise<OpenPart> {
  const { value, file } = bench;
  const shared = Object.values(value.services).every((use) => use === null);
  const lease = shared ? takeLease(file, value.id) : undefined;
  const wanted = Object.fromEntries(
    planes.flatMap((plane) => (value.planes[plane] ? [[plane, value.planes[plane]]] : [])),
  );
  let open: OpenBench;
  try {
    open = await openBench({ ...value, planes: wanted }, drivers, context);
  } catch (error) {
    lease?.release();
    throw error;
  }
  return {
    open,
    fill: (use) => substitute(use, open.facts) as Record<string, unknown>,
    close: async () => {
      const errors = await open.close();
      lease?.release();
      return errors;
    },
  };
}
