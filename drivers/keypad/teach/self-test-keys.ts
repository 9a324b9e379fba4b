import type { Profile } from '../../../rig/bench/profile.ts';
import { quote, type SeenScreen } from '../../../rig/bench/screens.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { type Clock, parseDuration } from '../../../rig/model/time.ts';
import { type Box, type FingerPlacement, inside, type Place, toMachine } from '../gantry/geometry.ts';
import type { Jogger } from './jog.ts';
import { axesAt, centreOf, type Probe, searchKey, smallestGap } from './search.ts';
import type { Witness } from './witness.ts';

/** How much deeper than a full press a search presses, mm; a spring in the tip takes it. */
const DEEPER = 0.7;
const DWELL_MS = 100;
/** Steps of a touch-off, mm, first coarse, then fine; and how far above and below the believed height it looks. */
const TOUCH_STEPS = { coarse: 0.5, fine: 0.1 } as const;
const TOUCH_ABOVE = 2;
const TOUCH_BELOW = 3;
const VERIFICATIONS = 2;

export interface SearchSetup {
  readonly jogger: Jogger;
  readonly witness: Witness;
  readonly profile: Profile;
  readonly clock: Clock;
  /** Where the keypad is believed to lie. */
  readonly guess: FingerPlacement;
  readonly box: Box;
  /** mm around the believed place of a key. */
  readonly radius: number;
  readonly overtravel: number;
  say(text: string): void;
  /** Somebody is to bring the terminal back by hand; resolves when they have, rejects when nobody is there. */
  askForHelp?: ((what: string) => Promise<void>) | undefined;
}

/** A key that was found by pressing around: its centre and the height of its top. */
export interface FoundKey {
  readonly key: string;
  readonly machine: Place;
  readonly contact: number;
}

/**
 * Finds the two keys of the profile's self-test with the terminal's screen as the only witness: one leads from idle to a
 * harmless screen, the other leads back, so the screen tells which of them was hit. Both are found by pressing in a
 * widening pattern, their middles from their edges, and their heights by lowering the finger in steps of 0.1 mm until
 * the key closes. A press that does something else is left alone until the terminal is idle again.
 * Errors: KEYPAD_MISSED (a key was not found), TERMINAL_STATE (the terminal does not come back to idle).
 */
export async function findSelfTestKeys(setup: SearchSetup): Promise<readonly [FoundKey, FoundKey]> {
  const { jogger, witness, profile, guess, box, say } = setup;
  const { press, back, shows } = profile.keypad['self-test'];
  const step = Math.min(2, Math.max(0.3, smallestGap(Object.values(profile.keypad.keys)) / 2));
  const axes = axesAt(guess.rotation);
  const depth = guess.contact - guess.travel - setup.overtravel - DEEPER;
  const known: { press?: Place; back?: Place } = {};
  const allowed = (place: Place) => inside(box, place);
  const isIdle = ({ id }: SeenScreen) =>
    id !== undefined && (profile.idle.includes(id) || profile['signed-off'].includes(id));
  const isShown = ({ id }: SeenScreen) => id === shows;
  const shapeOf = (key: string) => {
    const shape = profile.keypad.keys[key];
    if (!shape) throw new RigError('KEYPAD_UNKNOWN_KEY', 'file', `profile ${profile.id} has no key "${key}"`);
    return shape;
  };
  jogger.clear(guess.contact + guess.hover);

  const dabAt = async (place: Place) => {
    await jogger.to({ ...place, z: jogger.clearance });
    await jogger.dab(depth, DWELL_MS);
  };
  const idleByItself = async () => {
    const patience = parseDuration(profile.timers.operation) ?? 0;
    if (await witness.await(isIdle, setup.askForHelp ? 0 : patience)) return;
    const now = await witness.look();
    const what = `the terminal shows ${quote(now)}: bring it back to idle by hand`;
    if (!setup.askForHelp) {
      throw new RigError('TERMINAL_STATE', 'terminal', 'the terminal does not come back to idle', {
        hint: what,
      });
    }
    await setup.askForHelp(what);
  };
  /** On the idle screen, or on that of the self-test, by keys as far as they are known. */
  const bringTo = async (wanted: 'idle' | 'shown') => {
    for (let tries = 0; tries < 3; tries++) {
      const now = await witness.look();
      if (wanted === 'idle' ? isIdle(now) : isShown(now)) return;
      const way = isShown(now) ? known.back : isIdle(now) ? known.press : undefined;
      if (way) await witness.change(() => dabAt(way));
      else await idleByItself();
    }
    throw new RigError(
      'KEYPAD_MISSED',
      'bench',
      `the terminal does not show what ${press} and ${back} lead to`,
      {
        hint: 'Is the self-test of the profile right for this terminal? A person can teach without it.',
      },
    );
  };
  const probes: Readonly<Record<'press' | 'back', Probe>> = {
    press: async (place) => {
      if (!allowed(place)) return 'miss';
      await bringTo('idle');
      const seen = await witness.change(() => dabAt(place));
      if (!seen) return 'miss';
      return isShown(seen) ? 'hit' : 'other';
    },
    back: async (place) => {
      if (!allowed(place)) return 'miss';
      await bringTo('shown');
      const seen = await witness.change(() => dabAt(place));
      if (!seen) return 'miss';
      return isIdle(seen) ? 'hit' : 'other';
    },
  };
  /** A screen may also go by itself: only a key that does it again is believed. */
  const surely =
    (which: 'press' | 'back'): Probe =>
    async (place) => {
      const first = await probes[which](place);
      if (first !== 'hit' || which === 'press') return first;
      for (let again = 0; again < VERIFICATIONS; again++) {
        if ((await probes[which](place)) !== 'hit') return 'miss';
      }
      return 'hit';
    };
  const search = async (which: 'press' | 'back', key: string, start: Place): Promise<Place> => {
    say(`looking for ${key} within ${setup.radius} mm of ${show(start)}`);
    const hit = await searchKey(surely(which), start, shapeOf(key), axes, setup.radius, allowed);
    if (hit) return hit;
    throw new RigError('KEYPAD_MISSED', 'bench', `key ${key} was not found within ${setup.radius} mm`, {
      hint: 'Search farther with --search, begin nearer (placement in the bench file), or lead the finger by hand.',
    });
  };

  await bringTo('idle');
  const believed = { press: toMachine(guess, shapeOf(press)), back: toMachine(guess, shapeOf(back)) };
  known.press = await search('press', press, believed.press);
  const off = { x: known.press.x - believed.press.x, y: known.press.y - believed.press.y };
  known.back = await search('back', back, { x: believed.back.x + off.x, y: believed.back.y + off.y });
  for (const [which, key] of [
    ['press', press],
    ['back', back],
  ] as const) {
    const on = known[which];
    const middle = on && (await centreOf(probes[which], on, shapeOf(key), axes, step));
    if (!middle) {
      throw new RigError('KEYPAD_MISSED', 'bench', `the edges of key ${key} do not fit its size`, {
        hint: 'Is the key layout of the profile right? Otherwise lead the finger by hand.',
      });
    }
    known[which] = middle;
    say(`${key}: middle at ${show(middle)}`);
  }

  /** The height at which a key closes, the screen being the witness. */
  const touchOff = async (which: 'press' | 'back', key: string, at: Place): Promise<FoundKey> => {
    const believed = guess.contact - guess.travel;
    const lower = async (start: number, lowest: number, by: number) => {
      await bringTo(which === 'press' ? 'idle' : 'shown');
      const closed = await lowerUntil(setup, at, { start, lowest, step: by });
      await jogger.up();
      return closed;
    };
    const { coarse, fine } = TOUCH_STEPS;
    const high = Math.min(jogger.clearance, believed + TOUCH_ABOVE);
    const about = await lower(high, believed - TOUCH_BELOW, coarse);
    const closed =
      about === undefined ? undefined : await lower(Math.min(high, about + coarse), about - coarse, fine);
    if (closed === undefined) {
      throw new RigError('KEYPAD_MISSED', 'bench', `key ${key} did not close at any height`, {
        hint: 'Correct `contact` of the placement, or lead the finger by hand.',
      });
    }
    say(`${key}: closes at Z ${closed.toFixed(2)}`);
    return { key, machine: at, contact: closed + guess.travel };
  };
  const first = await touchOff('press', press, known.press);
  const second = await touchOff('back', back, known.back);
  await bringTo('idle');
  return [first, second];
}

/**
 * Lowers the finger at a place step by step until the screen changes; the height where it did, or undefined when it
 * reached `lowest`. The finger stays down.
 */
export async function lowerUntil(
  { jogger, witness }: Pick<SearchSetup, 'jogger' | 'witness'>,
  at: Place,
  { start, lowest, step }: { readonly start: number; readonly lowest: number; readonly step: number },
): Promise<number | undefined> {
  await jogger.to(at);
  await jogger.to({ z: start });
  for (let z = start; z >= lowest - 1e-9; z -= step) {
    if (await witness.change(() => jogger.to({ z }))) return z;
  }
  return undefined;
}

const show = ({ x, y }: Place) => `${x.toFixed(2)}, ${y.toFixed(2)}`;
