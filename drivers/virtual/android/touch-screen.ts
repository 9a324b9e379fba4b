import type { Random } from '../random.ts';
import type { TerminalBody, VisibleScreen } from '../terminal/body.ts';

/** What a touch screen shows beside its lines: which label stands on which key at this moment. */
export interface TouchScreen {
  readonly lines: VisibleScreen;
  /** Label of every key by the key's place, as the profile names places. */
  readonly labels: ReadonlyMap<string, string>;
  /** An application forbids pictures of what shows now (FLAG_SECURE). */
  readonly secure: boolean;
}

export interface TouchTerminal extends TerminalBody {
  readonly touch: () => TouchScreen;
}

const DIGITS = [...'0123456789'];

/**
 * A terminal whose keys are drawn on its screen. While `asksSecret` holds of what shows, the digits stand on other keys
 * than else, every time on others, and the screen forbids pictures of itself.
 * @param keys places of keys, named by what stands there when nothing is shuffled
 */
export function onTouchScreen(
  body: TerminalBody,
  keys: readonly string[],
  asksSecret: (screen: VisibleScreen) => boolean,
  random: Random,
): TouchTerminal {
  const places = keys.filter((key) => DIGITS.includes(key));
  const plain = new Map(keys.map((key) => [key, key]));
  let labels: ReadonlyMap<string, string> = plain;
  let secure = false;
  body.onScreen((screen) => {
    const asks = screen.lit && asksSecret(screen);
    if (asks === secure) return;
    secure = asks;
    labels = asks ? shuffled(plain, places, random) : plain;
  });
  /** A finger that went down on a label leaves that one, also when the labels have changed meanwhile. */
  const held = new Map<string, string>();
  return Object.assign(Object.create(body) as TerminalBody, {
    keyDown: (place: string) => {
      const label = labels.get(place) ?? place;
      held.set(place, label);
      body.keyDown(label);
    },
    keyUp: (place: string) => {
      body.keyUp(held.get(place) ?? place);
      held.delete(place);
    },
    touch: () => ({ lines: body.screen, labels, secure }),
  });
}

/** Fisher and Yates. */
function shuffled(
  plain: ReadonlyMap<string, string>,
  places: readonly string[],
  random: Random,
): ReadonlyMap<string, string> {
  const digits = [...places];
  for (let i = digits.length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    [digits[i], digits[j]] = [digits[j] ?? '', digits[i] ?? ''];
  }
  return new Map([...plain, ...places.map((place, i) => [place, digits[i] ?? place] as const)]);
}
