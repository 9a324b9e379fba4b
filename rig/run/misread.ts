import type { DisplayPlane, Screen } from '../bench/planes.ts';
import { quote, type SeenScreen } from '../bench/screens.ts';
import { looksLike } from '../model/look-alikes.ts';

/** So much of a screen must have been read right for the rest to be a misreading of it, and not another screen. */
const SAME_MIN = 0.4;

/**
 * Whether `read` is `real` with characters missing (glare, low contrast) or taken for others that look alike; false when they
 * are the same.
 */
export function isMisreading(read: Screen, real: Screen): boolean {
  if (!read.lit || !real.lit) return false;
  let [same, all, differ] = [0, 0, 0];
  for (let row = 0; row < Math.max(read.lines.length, real.lines.length); row++) {
    const [a, b] = [[...(read.lines[row] ?? '')], [...(real.lines[row] ?? '')]];
    for (let at = 0; at < Math.max(a.length, b.length); at++) {
      const [is, should] = [a[at] ?? ' ', b[at] ?? ' '];
      if (should !== ' ') all++;
      if (is === should) {
        if (is !== ' ') same++;
      } else if (is === ' ' || looksLike(is, should)) differ++;
      else return false;
    }
  }
  return differ > 0 && same >= SAME_MIN * all;
}

/** A screen that is being drawn, from its top on: no reader is to blame that the rest was not there yet. */
const isBeginning = (read: Screen, real: Screen): boolean =>
  real.lines.join('\n').startsWith(read.lines.join('\n').trimEnd());

/** What was misread on a display in this scenario: once a reader was caught, what it missed proves nothing. */
const caught = new WeakMap<DisplayPlane, string>();

/** What was misread before is of no account any more: a new scenario begins. */
export const trustReader = (display: DisplayPlane | undefined): void => {
  if (display) caught.delete(display);
};

/**
 * A reading that no screen of the profile fits, beside one that does, before or after it; or darkness between two readings of the
 * same screen, which no terminal comes back to by itself after it was off, but for the one it starts with (`booting`).
 */
export function watchReader(
  display: DisplayPlane,
  earlier: SeenScreen | undefined,
  before: SeenScreen,
  now: SeenScreen,
  booting: () => boolean,
): void {
  const isBack = !before.lit && now.lit && earlier?.lit && earlier.lines.join('\n') === now.lines.join('\n');
  if (isBack && !booting()) caught.set(display, `darkness was read for ${quote(now)}`);
  if ((before.id === undefined) === (now.id === undefined)) return;
  const [read, real] = now.id === undefined ? [now, before] : [before, now];
  if (real === now && isBeginning(read, real)) return;
  if (isMisreading(read, real)) caught.set(display, `${quote(read)} was read for ${quote(real)}`);
}

/** How the reader of a display was caught misreading in this scenario; undefined when it was not. */
export const misreadOn = (display: DisplayPlane | undefined): string | undefined =>
  display && caught.get(display);
