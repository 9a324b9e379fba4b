import type { OpenBench } from '../bench/open.ts';
import type { Profile } from '../bench/profile.ts';
import { RigError } from '../model/errors.ts';
import { type Clock, parseDuration } from '../model/time.ts';
import type { ScreenWatch, SeenScreen } from './screen-watch.ts';
import { quote } from './screen-watch.ts';

/** Mains off time of a recovery power cycle, nominal ms (labgrid's default). */
const OFF_TIME = 2000;

export interface IdleSeeker {
  readonly planes: OpenBench['planes'];
  readonly profile: Profile;
  readonly watch: ScreenWatch;
  readonly clock: Clock;
}

const durationOf = (text: string): number => parseDuration(text) ?? 0;

/** True on the screens from which operations start, signed on or not. */
export const isIdle = (profile: Profile, screen: SeenScreen): boolean =>
  screen.id !== undefined && (profile.idle.includes(screen.id) || profile['signed-off'].includes(screen.id));

/**
 * Follows a finished operation back to idle by doing nothing but what the terminal asks for (card out). Undefined when
 * idle does not come within the time that result and slips may take.
 */
export async function followToIdle(seeker: IdleSeeker): Promise<SeenScreen | undefined> {
  const { planes, profile, watch, clock } = seeker;
  const { result, print, reaction } = profile.timers;
  const patience =
    durationOf(result) + profile.receipt.order.length * durationOf(print) + 2 * durationOf(reaction);
  const deadline = clock.now() + patience;
  let cursor = Math.max(0, watch.mark - 1);
  for (;;) {
    const found = await watch.find(
      cursor,
      (screen) => isIdle(profile, screen) || profile['card-in'].includes(screen.id ?? ''),
      Math.max(0, deadline - clock.now()),
    );
    if (!found || isIdle(profile, found.screen)) return found?.screen;
    await planes.card?.remove();
    cursor = found.at + 1;
  }
}

/**
 * Brings the terminal to idle by growing means: waiting, card out, the way home by keys, a power cycle. The error of the
 * last resort blames the terminal: everything that the bench could do was done.
 */
export async function bringToIdle(seeker: IdleSeeker): Promise<SeenScreen> {
  const { planes, profile, watch } = seeker;
  if (isIdle(profile, watch.current)) return watch.current;
  if (watch.current.lit) {
    await planes.card?.remove();
    const followed = await followToIdle(seeker);
    if (followed) return followed;
    for (const key of profile.keypad.home) {
      const mark = watch.mark;
      await planes.keypad?.press(key);
      const found = await watch.find(
        mark,
        (screen) => isIdle(profile, screen),
        durationOf(profile.timers.reaction),
      );
      if (found) return found.screen;
    }
    const followedHome = await followToIdle(seeker);
    if (followedHome) return followedHome;
  }
  return powerCycle(seeker);
}

/** Mains off and on again; resolves when the terminal is idle. */
async function powerCycle(seeker: IdleSeeker): Promise<SeenScreen> {
  const { planes, watch, clock } = seeker;
  const stuckOn = quote(watch.current);
  if (planes.power) {
    await planes.power.set('off');
    await clock.sleep(OFF_TIME);
    return powerUp(seeker);
  }
  throw new RigError(
    'TERMINAL_STATE',
    'terminal',
    `the terminal does not come back to idle; it shows ${stuckOn}`,
    {
      hint: 'The bench has no power plane to restart it with; bring it back by hand.',
    },
  );
}

/** Switches the mains on and waits until the terminal has booted, printed what it owed and is idle. */
export async function powerUp(seeker: IdleSeeker): Promise<SeenScreen> {
  const { planes, profile, watch } = seeker;
  const mark = watch.mark;
  await planes.power?.set('on');
  const { boot, print, reaction } = profile.timers;
  const patience =
    durationOf(boot) * 1.5 + profile.receipt.order.length * durationOf(print) + durationOf(reaction);
  const { screen } = await watch.expect(
    mark,
    (seen) => isIdle(profile, seen),
    patience,
    'the idle screen after power-up',
  );
  return screen;
}
