import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { currentOwner } from '../../../rig/bench/lease.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { EXIT } from '../../../rig/model/verdict.ts';
import { openPort } from '../../transport/open-port.ts';
import { untilInterrupted } from '../bench/interrupted.ts';
import { type KnownBench, knownBench, openPart } from '../bench/part.ts';
import { numberOption } from '../bench/words.ts';
import { type Calibration, layoutOf, writeCalibration } from '../gantry/calibration.ts';
import type { FingerPlacement } from '../gantry/geometry.ts';
import { greet, type Homed } from '../gantry/greet.ts';
import { type GrblLink, linkOver } from '../gantry/link.ts';
import { GantryOptions } from '../gantry/options.ts';
import { type Console, openConsole } from './console.ts';
import { drawPlacement } from './drawing.ts';
import { joggerOver } from './jog.ts';
import { calibrationFrom, describe } from './result.ts';
import { findSelfTestKeys } from './self-test-keys.ts';
import { type Lesson, type Taken, teachByHand } from './session.ts';
import {
  forgetUnfinished,
  type Ground,
  readUnfinished,
  unfinishedFile,
  writeUnfinished,
} from './unfinished.ts';
import { witnessOf } from './witness.ts';

/** Options of `posrig teach` as the command line gives them. */
export interface TeachOptions {
  readonly bench?: string;
  readonly keys?: string;
  readonly auto?: boolean;
  /** Forget the lesson that was interrupted. */
  readonly again?: boolean;
  readonly search: string;
  readonly travel: string;
  readonly hover: string;
  readonly by?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** What teaching needs of the bench beside the gantry itself: a terminal that is on, and eyes. */
const PLANES = ['power', 'display'] as const;

/**
 * `posrig teach`: finds out how the terminal lies under the finger, with a person or (`--auto`) with the terminal's
 * screen alone, and writes it where the bench file says. Returns the exit code: 0 written, 2 given up.
 */
export async function teach(options: TeachOptions): Promise<number> {
  const interrupted = untilInterrupted();
  const trouble = new AbortController();
  const signal = AbortSignal.any([interrupted.signal, trouble.signal]);
  const known = await knownBench(options.bench, signal, (error) => trouble.abort(error));
  const target = targetOf(known, options);
  const unfinished = unfinishedFile(target);
  if (options.again) forgetUnfinished(unfinished);
  const io = openConsole(process.stdin, process.stdout, signal, options.json ?? false);
  const { drivers } = await import('../../index.ts');
  try {
    const part = await openPart(known, PLANES, drivers.drivers ?? []);
    try {
      const { driver: _, ...raw } = part.fill(known.keypad);
      const gantry = GantryOptions.parse(raw);
      const { display, power } = part.open.planes;
      if (power && (await power.get()) === 'off') await power.set('on');
      const witness = display && witnessOf(display, known.context.profile, known.context.clock);
      const taught = await atTheGantry(known, gantry, signal, trouble, (link, { home, lowest, facts }) =>
        lessonOn(known, gantry, options, io, witness, joggerOver(link, { ...gantry, lowest }, home), {
          file: unfinished,
          ground: groundOf(known, facts),
        }),
      );
      if (!taught) {
        forgetUnfinished(unfinished);
        io.say('nothing was written');
        return EXIT.broken;
      }
      const code = finish(known, gantry, options, io, target, taught);
      forgetUnfinished(unfinished);
      return code;
    } catch (error) {
      if (existsSync(unfinished))
        io.say(`what was taken is kept in ${unfinished}: \`posrig teach\` goes on there, with --again anew`);
      throw error;
    } finally {
      for (const error of await part.close()) io.say(`while closing the bench: ${error.message}`);
    }
  } finally {
    io.close();
    interrupted.dispose();
  }
}

interface Taught {
  readonly taken: readonly Taken[];
  readonly controller: Calibration['controller'];
}

/** Where a lesson is kept while it is taught, and what it rests on. */
interface Keeping {
  readonly file: string;
  readonly ground: Ground;
}

const groundOf = ({ bench, context }: KnownBench, facts: Homed['facts']): Ground => ({
  bench: bench.value.id,
  layout: layoutOf(context.profile.keypad.keys),
  controller: { firmware: facts['firmware'] ?? '', settings: facts['settings'] ?? '' },
});

/** Where the result is written: as the bench file says, or where the command line does. */
function targetOf({ bench, context, keypad }: KnownBench, { out }: TeachOptions): string {
  if (keypad.driver !== 'gantry') {
    throw new RigError('BENCH_OPTION', 'file', `the keypad of bench ${bench.value.id} is no gantry`, {
      hint: `Only a finger that moves must be taught; this one is driven by ${keypad.driver}.`,
    });
  }
  const { calibration } = keypad;
  if (out !== undefined) return resolve(out);
  if (typeof calibration === 'string') return context.resolve(calibration);
  throw new RigError(
    'BENCH_OPTION',
    'file',
    `bench ${bench.value.id} does not say where a calibration is kept`,
    {
      hint: `Add \`calibration: ${bench.value.id}-keypad.yaml\` to the keypad in the bench file, or say --out FILE.`,
    },
  );
}

/** Homes the gantry and hands it over; whatever comes of that, the finger is up again before the port closes. */
async function atTheGantry(
  { context }: KnownBench,
  gantry: GantryOptions,
  signal: AbortSignal,
  trouble: AbortController,
  use: (link: GrblLink, homed: Homed) => Promise<readonly Taken[] | undefined>,
): Promise<Taught | undefined> {
  const nowhere = { bytes: () => {}, unseen: () => {}, withheld: () => {}, link: () => {} };
  const serial = await openPort({ path: gantry.port, baud: gantry.baud, what: 'gantry' }, nowhere);
  let closing = false;
  const link = linkOver(serial, context.clock, (error) => {
    if (!closing) trouble.abort(error);
  });
  const abandon = () => void serial.close();
  try {
    signal.addEventListener('abort', abandon, { once: true });
    const homed = await greet(link, gantry, context.recorder);
    const { home, facts } = homed;
    signal.removeEventListener('abort', abandon);
    signal.throwIfAborted();
    const controller = { firmware: facts['firmware'] ?? '', settings: facts['settings'] ?? '' };
    try {
      const taken = await use(link, homed);
      return taken && { taken, controller };
    } finally {
      if (!link.dead) {
        const up = [link.dialect.rapid({ z: home.z }, gantry['travel-feed']), ...link.dialect.barrier];
        await link.run(up, 'raising the finger', 30_000);
      }
    }
  } finally {
    closing = true;
    signal.removeEventListener('abort', abandon);
    await serial.close();
  }
}

function lessonOn(
  { bench, context }: KnownBench,
  gantry: GantryOptions,
  options: TeachOptions,
  io: Console,
  witness: Lesson['witness'],
  jogger: Lesson['jogger'],
  { file, ground }: Keeping,
): Promise<readonly Taken[] | undefined> {
  const { profile, clock } = context;
  const guess: FingerPlacement | undefined = gantry.placement;
  const lesson: Lesson = {
    jogger,
    witness,
    profile,
    clock,
    box: gantry['keep-in'],
    guess,
    travel: guess?.travel ?? numberOption('--travel', options.travel, 0.1, 10),
    hover: guess?.hover ?? numberOption('--hover', options.hover, 0.5, 50),
    overtravel: gantry.overtravel,
    radius: numberOption('--search', options.search, 1, 60),
    keys: keysOf(profile.keypad.keys, options.keys),
    say: io.say,
    ask: io.ask,
  };
  io.say(`bench ${bench.value.id}, terminal ${profile.id}: the finger has homed`);
  if (!options.auto) {
    const interrupted = readUnfinished(file, ground, profile.keypad.keys);
    if (typeof interrupted === 'string')
      io.say(`a lesson was interrupted, and is not gone on with: ${interrupted}`);
    const before = interrupted && typeof interrupted !== 'string' ? interrupted.taken : [];
    if (interrupted && typeof interrupted !== 'string')
      io.say(
        `going on with the lesson that ${interrupted.by} was interrupted in at ${interrupted.at.toISOString()}; taken: ` +
          `${before.map(({ key }) => key).join(', ')}. If the terminal was moved since: quit, and teach it --again`,
      );
    io.say(`keys to teach: ${lesson.keys.join(', ')}; help lists the commands`);
    const by = options.by ?? currentOwner();
    return teachByHand({
      ...lesson,
      before,
      keep: (taken) => writeUnfinished(file, ground, { taken, by, at: new Date() }),
    });
  }
  if (!witness || !guess) {
    throw new RigError(
      'PLANE_MISSING',
      'bench',
      `teaching by itself needs ${witness ? 'a first guess' : 'a screen to look at'}`,
      {
        hint: witness
          ? 'Write a rough `placement` into the bench file, or lead the finger by hand (without --auto).'
          : 'Give the bench a display, or lead the finger by hand (without --auto).',
      },
    );
  }
  return findSelfTestKeys({ ...lesson, witness, guess }).then((found) =>
    found.map(({ key, machine, contact }) => ({
      key,
      device: profile.keypad.keys[key] ?? machine,
      machine,
      contact,
      by: 'screen' as const,
    })),
  );
}

/** The keys named, or three corners of the keypad: the farther apart, the better the rotation. */
function keysOf(
  keys: Readonly<Record<string, { readonly x: number; readonly y: number }>>,
  named: string | undefined,
): readonly string[] {
  if (named !== undefined) {
    const wanted = named.split(',').map((key) => key.trim());
    const unknown = wanted.find((key) => !Object.hasOwn(keys, key));
    if (unknown !== undefined) {
      throw new RigError('USAGE', 'file', `--keys: the profile has no key "${unknown}"`, {
        hint: `Keys: ${Object.keys(keys).join(', ')}.`,
      });
    }
    return [...new Set(wanted)];
  }
  const all = Object.entries(keys);
  const most = (of: (place: { readonly x: number; readonly y: number }) => number) =>
    all.reduce((best, each) => (of(each[1]) > of(best[1]) ? each : best), all[0] ?? ['', { x: 0, y: 0 }])[0];
  return [...new Set([most(({ x, y }) => -x - y), most(({ x, y }) => x - y), most(({ x, y }) => x + y)])];
}

function finish(
  { bench, context }: KnownBench,
  gantry: GantryOptions,
  options: TeachOptions,
  io: Console,
  target: string,
  { taken, controller }: Taught,
): number {
  const { profile } = context;
  const calibration = calibrationFrom(taken, {
    bench: bench.value.id,
    profile,
    by: options.by ?? currentOwner(),
    at: new Date().toISOString(),
    controller,
    travel: gantry.placement?.travel ?? Number(options.travel),
    hover: gantry.placement?.hover ?? Number(options.hover),
    box: gantry['keep-in'],
  });
  writeCalibration(target, calibration);
  const drawing = target.replace(/\.ya?ml$/i, '').concat('.svg');
  writeFileSync(drawing, drawPlacement(calibration, profile.keypad.keys, gantry['keep-in']));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ calibration: target, drawing, ...calibration }, null, 2)}\n`);
    return EXIT.ok;
  }
  for (const line of describe(calibration)) io.say(line);
  io.say(`written: ${target}\ndrawing: ${drawing}`);
  return EXIT.ok;
}
