import type { KeypadPlane } from '../../../rig/bench/planes.ts';
import type { Profile } from '../../../rig/bench/profile.ts';
import { quote, type SeenScreen } from '../../../rig/bench/screens.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { parseDuration } from '../../../rig/model/time.ts';
import { EXIT } from '../../../rig/model/verdict.ts';
import { untilInterrupted } from '../bench/interrupted.ts';
import { knownBench, openPart } from '../bench/part.ts';
import { type Witness, witnessOf } from '../teach/witness.ts';

/** Options of `posrig keypad test` as the command line gives them. */
export interface SelfTestOptions {
  readonly bench?: string;
  readonly json?: boolean;
}

export interface SelfTestResult {
  readonly key: string;
  readonly showed: string;
  readonly back: string;
  readonly facts: Readonly<Record<string, string>>;
}

/**
 * `posrig keypad test`: presses the harmless key of the profile, sees the screen that it leads to, and goes back.
 * Returns the exit code. Throws KEYPAD_MISSED when the terminal did not take a key, and the errors of the fixtures.
 */
export async function selfTestVerb(options: SelfTestOptions): Promise<number> {
  const interrupted = untilInterrupted();
  const trouble = new AbortController();
  const signal = AbortSignal.any([interrupted.signal, trouble.signal]);
  const { drivers } = await import('../../index.ts');
  const known = await knownBench(options.bench, signal, (error) => trouble.abort(error));
  const part = await openPart(known, ['power', 'display', 'keypad', 'operator'], drivers.drivers ?? []);
  let result: SelfTestResult;
  try {
    const { power, display, keypad } = part.open.planes;
    if (!keypad || !display) {
      throw new RigError('PLANE_MISSING', 'bench', `bench ${known.bench.value.id} has no screen to look at`, {
        hint: 'Without a display nobody but a person can see whether a key was taken.',
      });
    }
    if (power && (await power.get()) === 'off') await power.set('on');
    const { profile, clock } = known.context;
    const seen = await pressAndSee(keypad, witnessOf(display, profile, clock), profile);
    signal.throwIfAborted();
    result = { ...seen, facts: keypad.facts };
  } finally {
    for (const error of await part.close())
      process.stderr.write(`while closing the bench: ${error.message}\n`);
    interrupted.dispose();
  }
  const { key, showed, back } = result;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ bench: known.bench.value.id, ok: true, ...result }, null, 2)}\n`
      : `${known.bench.value.id}: key ${key} showed ${showed}, key ${back} led back: finger, keypad and screen belong together\n`,
  );
  return EXIT.ok;
}

/** One harmless press and the way back, both seen on the screen. The terminal must be idle, or become so by itself. */
export async function pressAndSee(
  keypad: KeypadPlane,
  witness: Witness,
  profile: Profile,
): Promise<Omit<SelfTestResult, 'facts'>> {
  const { press, shows, back } = profile.keypad['self-test'];
  const isIdle = ({ id }: SeenScreen) =>
    id !== undefined && (profile.idle.includes(id) || profile['signed-off'].includes(id));
  const patience = Math.max(
    ...[profile.timers.boot, profile.timers.operation].map((text) => parseDuration(text) ?? 0),
  );
  if (!(await witness.await(isIdle, patience))) {
    throw new RigError(
      'TERMINAL_STATE',
      'terminal',
      `the terminal is not idle; it shows ${quote(await witness.look())}`,
      {
        hint: 'Bring it to its idle screen by hand.',
      },
    );
  }
  const step = async (key: string, wanted: (seen: SeenScreen) => boolean, what: string) => {
    const seen = await witness.change(() => keypad.press(key));
    if (seen && wanted(seen)) return seen;
    const now = quote(seen ?? (await witness.look()));
    throw new RigError(
      'KEYPAD_MISSED',
      'bench',
      seen
        ? `key ${key} should lead to ${what}, but the terminal shows ${now}`
        : `key ${key} was pressed and the terminal, showing ${now}, did not take it`,
      {
        hint: 'The keypad does not lie where the bench file says: teach it, `posrig teach --bench <bench file>`.',
      },
    );
  };
  try {
    const shown = await step(press, ({ id }) => id === shows, shows);
    await step(back, isIdle, 'idle');
    return { key: press, showed: shown.id ?? shows, back };
  } finally {
    await keypad.park().catch(() => {});
  }
}
