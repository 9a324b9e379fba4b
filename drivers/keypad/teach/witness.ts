import type { DisplayPlane, Screen } from '../../../rig/bench/planes.ts';
import type { Profile } from '../../../rig/bench/profile.ts';
import { recognise, type SeenScreen } from '../../../rig/bench/screens.ts';
import { type Clock, parseDuration } from '../../../rig/model/time.ts';

/** The terminal's screen as the witness of a touch. */
export interface Witness {
  /** What shows now, asked of the display itself. */
  look(): Promise<SeenScreen>;
  /** Does `act`; resolves with the screen when it changed within the terminal's time for that, else undefined. */
  change(act: () => Promise<unknown>): Promise<SeenScreen | undefined>;
  /** The first screen for which `wanted` holds, now or within `ms`; undefined when none comes. */
  await(wanted: (screen: SeenScreen) => boolean, ms: number): Promise<SeenScreen | undefined>;
}

/** @param display of the same terminal, already open */
export function witnessOf(display: DisplayPlane, profile: Profile, clock: Clock): Witness {
  const reaction = parseDuration(profile.timers.reaction) ?? 0;
  const named = (screen: Screen) => recognise(profile, screen);
  const look = async () => named(await display.refresh());

  /** The next screen that fits, or what shows when `ms` have passed and the display was asked. */
  const next = (wanted: (screen: SeenScreen) => boolean, ms: number) =>
    new Promise<SeenScreen | undefined>((resolve, reject) => {
      const settle = (screen?: SeenScreen) => {
        unsubscribe();
        cancel();
        resolve(screen);
      };
      const unsubscribe = display.onChange((screen) => {
        const seen = named(screen);
        if (wanted(seen)) settle(seen);
      });
      const cancel = clock.after(ms, () => {
        look().then(
          (seen) => settle(wanted(seen) ? seen : undefined),
          (error: unknown) => {
            unsubscribe();
            reject(error);
          },
        );
      });
    });

  return {
    look,
    async change(act) {
      const before = await look();
      // An idle screen may show the time of day: only another screen counts, or one that the profile does not know.
      const isNew = (seen: SeenScreen) =>
        seen.seq > before.seq && (seen.id === undefined || seen.id !== before.id);
      // Listens from before the act: a screen that came while the finger was still down counts.
      let early: SeenScreen | undefined;
      const unsubscribe = display.onChange((screen) => {
        const seen = named(screen);
        if (isNew(seen)) early ??= seen;
      });
      try {
        await act();
        if (early) return early;
        return await next(isNew, reaction);
      } finally {
        unsubscribe();
      }
    },
    async await(wanted, ms) {
      const now = await look();
      return wanted(now) ? now : next(wanted, ms);
    },
  };
}
